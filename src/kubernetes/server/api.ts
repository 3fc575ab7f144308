// Owns what the parts of one API server share while they serve requests.
import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { WriteContext } from '../registry/parts.ts'
import type { Registry } from '../registry/registry.ts'
import type { Kind } from '../resources/kind.ts'
import type { ApiRequest } from './http.ts'
import type { KubeletGateway, RequestAttributes, UserInfo } from './ports.ts'
import type { ResourceRoute } from './route.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'

export interface Authorization {
  /** True when RBAC or another authorizer allows it. */
  isAllowed(attributes: RequestAttributes): boolean
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
  /** The user behind a token; undefined when nobody knows it. */
  review(token: string): Promise<UserInfo | undefined>
}

export interface Api {
  readonly registry: Registry
  readonly authorization: Authorization
  readonly authentication: Authentication
  readonly tokens: ServiceAccountTokens
  readonly kubelet: KubeletGateway
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Aborted when the server closes. */
  readonly closing: AbortSignal
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

/** Who writes and how, from the query and the user agent. */
export function writeContext({ query, request, user }: Call): WriteContext {
  const agent = request.headers['user-agent'] ?? 'unknown'
  return {
    user,
    // handlers/helpers.go: the user agent up to the first slash names the manager when the client doesn't.
    fieldManager: query.get('fieldManager') || (agent.split('/')[0] ?? agent).slice(0, 128),
    dryRun: query.getAll('dryRun').includes('All'),
  }
}
