// Owns what the parts of one API server share while they serve requests.
import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Registry } from '../registry/registry.ts'
import type { Kind } from '../resources/kind.ts'
import type { KindTable } from '../resources/kind-table.ts'
import type { FlowControl } from './flow-control.ts'
import type { FairQueue } from './fair-queue.ts'
import type { ApiRequest } from './http.ts'
import type { RequestObserver } from './request-observer.ts'
import type { Aggregator } from './aggregation/aggregator.ts'
import type { RequestMetrics } from './metrics.ts'
import type { OpenApiV2Source } from './openapi-v2.ts'
import type { Outbound } from './outbound/outbound.ts'
import type { ClusterNetwork, KubeletGateway, RequestAttributes, TokenVerdict, UserInfo } from './ports.ts'
import type { ResourceRoute } from './route.ts'
import type { WatchFrames } from './watch-frames.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'

export interface Authorization {
  /** Asks RBAC and the other authorizers. */
  decide(attributes: RequestAttributes): { readonly allowed: boolean; readonly reason: string }
  /** The rules that hold for a user in a namespace, as SelfSubjectRulesReview shows them. */
  rulesFor(user: UserInfo, namespace: string): readonly PolicyRuleLike[]
}

export interface PolicyRuleLike {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

export interface Authentication {
  /** @throws StatusError Unauthorized for a token that nobody knows; no token is system:anonymous. */
  authenticate(request: ApiRequest): Promise<UserInfo>
  /** Who a token is, for one of `audiences` (the API server's own when empty). */
  review(token: string, audiences: readonly string[]): Promise<TokenVerdict>
}

export interface Api {
  readonly kinds: KindTable
  readonly registry: Registry
  readonly authorization: Authorization
  readonly authentication: Authentication
  readonly tokens: ServiceAccountTokens
  readonly kubelet: KubeletGateway
  readonly frames: WatchFrames
  readonly network: ClusterNetwork
  readonly aggregator: Aggregator
  /** Calls of the API server's own: webhooks, extension servers. */
  readonly outbound: Outbound
  readonly metrics: RequestMetrics
  readonly openApiV2: OpenApiV2Source
  readonly flowControl: FlowControl
  /** Whose turn it is. */
  readonly queue: FairQueue
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Aborted when the server closes. */
  readonly closing: AbortSignal
  /** Who wants to know of every request over HTTPS. */
  readonly requests: RequestObserver | undefined
  /** `v1.34.0-eks-1a2b3c4` */
  readonly gitVersion: string
}

/** One request for a resource, on its way through a verb. */
export interface Call {
  readonly api: Api
  readonly kind: Kind
  readonly route: ResourceRoute
  readonly query: URLSearchParams
  readonly request: ApiRequest
  readonly user: UserInfo
  /** Texts for `Warning` headers, added as they come up. */
  readonly warnings: string[]
}
