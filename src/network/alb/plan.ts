// Owns what a data plane has to know of one Application Load Balancer.
import type { AccessEntry } from './access-entry.ts'
import type { ConnectionLog } from './connection-entry.ts'
import type { Knock } from '../knock.ts'
import type { ClientCertificates } from '../tls/client-trust.ts'
import type { TlsCertificate, TlsPolicy } from '../tls/terminate.ts'

/** A condition: true when any of its values fits. Values hold the wildcards `*` and `?`. */
export type Condition =
  | { readonly kind: 'path'; readonly values: readonly string[] }
  | { readonly kind: 'path-regex'; readonly values: readonly string[] }
  | { readonly kind: 'host'; readonly values: readonly string[] }
  | { readonly kind: 'host-regex'; readonly values: readonly string[] }
  | { readonly kind: 'header'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'header-regex'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'method'; readonly values: readonly string[] }
  | { readonly kind: 'query'; readonly values: readonly { readonly key?: string; readonly value: string }[] }
  | { readonly kind: 'source-ip'; readonly values: readonly string[] }

export interface ForwardAction {
  readonly kind: 'forward'
  readonly groups: readonly { readonly arn: string; readonly weight: number }[]
  /** How long a client stays with the target group that was chosen for it; undefined: chosen anew each time. */
  readonly groupStickinessSeconds?: number
  /** Of a listener of a Classic Load Balancer, where clients stay with their instance. */
  readonly classicStickiness?: ClassicStickiness
}

/** Until the cookie of the application goes, or for some time: without either, until the browser ends. */
export type ClassicStickiness =
  | { readonly kind: 'load-balancer'; readonly seconds?: number }
  | { readonly kind: 'application'; readonly cookie: string }

/** Where to, with AWS's placeholders: `#{protocol}`, `#{host}`, `#{port}`, `#{path}`, `#{query}`. */
export interface RedirectAction {
  readonly kind: 'redirect'
  readonly protocol: string
  readonly host: string
  readonly port: string
  readonly path: string
  readonly query: string
  readonly status: 301 | 302
}

export interface FixedResponseAction {
  readonly kind: 'fixed-response'
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export type Action = ForwardAction | RedirectAction | FixedResponseAction

/** A rewrite of the host header, or of path and query, before the request goes on to its target. */
export interface Transform {
  readonly kind: 'host' | 'url'
  readonly regex: string
  readonly replace: string
}

export interface Rule {
  /** All have to be true; none for the default rule. */
  readonly conditions: readonly Condition[]
  readonly action: Action
  readonly transforms: readonly Transform[]
  /** 0 for the default rule. */
  readonly priority?: number
}

export interface ApplicationListener {
  readonly arn: string
  readonly port: number
  readonly protocol: 'HTTP' | 'HTTPS'
  /** In the order in which they are asked; the default rule is the last. */
  readonly rules: readonly Rule[]
  /** The default one first; of HTTPS listeners. */
  readonly certificates: readonly TlsCertificate[]
  /** Which protocols and ciphers clients may use; of HTTPS listeners. */
  readonly tlsPolicy?: TlsPolicy
  /** What is done with the certificates of clients; they are not asked for one without it. */
  readonly clientCertificates?: ClientCertificates
  /** Headers to the target that have another name, by their own in lower case. */
  readonly renamedHeaders?: Readonly<Record<string, string>>
  /** Headers put into each response, over the target's. */
  readonly insertedHeaders: Readonly<Record<string, string>>
  /** Whether responses made here say `Server: awselb/2.0`. */
  readonly hasServerHeader: boolean
}

/** How requests are read and sent on: the attributes of the load balancer. */
export interface HttpSettings {
  readonly idleTimeoutSeconds: number
  readonly keepAliveSeconds: number
  readonly desyncMode: 'monitor' | 'defensive' | 'strictest'
  readonly isDroppingInvalidHeaders: boolean
  readonly isPreservingHost: boolean
  readonly hasTlsHeaders: boolean
  readonly hasClientPort: boolean
  readonly forwardedFor: 'append' | 'preserve' | 'remove'
  readonly isHttp2Enabled: boolean
  /** Whether requests get `X-Amzn-Trace-Id`; absent: they do. Those of a Classic Load Balancer do not. */
  readonly hasTraceId?: boolean
  /** Whether a node sends requests to the targets in its own zone alone; absent: to all. */
  readonly isZonal?: boolean
}

export interface ApplicationPlan {
  readonly arn: string
  readonly dnsName: string
  /** Where Network Load Balancers find it as a target. */
  readonly vpcId: string
  readonly zones: readonly string[]
  readonly listeners: readonly ApplicationListener[]
  readonly settings: HttpSettings
  /** Asked once for each connection, before anything else: whether the security groups let the client in. */
  admits(knock: Knock): boolean
  /** Told of each request that is over, where there is an access log. */
  readonly log?: (entry: AccessEntry) => void
  /** Told of each connection that is there or has failed, where there is a connection log. */
  readonly connectionLog?: ConnectionLog
}

/** What a target group means for requests. */
export interface RequestSettings {
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly version: 'HTTP1' | 'HTTP2' | 'GRPC'
  readonly algorithm: 'round_robin' | 'least_outstanding_requests' | 'weighted_random'
  readonly slowStartSeconds: number
  /** Without a healthy target there is none; absent: all of them then. */
  readonly failsClosed?: boolean
  readonly stickiness:
    | { readonly kind: 'none' }
    | { readonly kind: 'lb_cookie'; readonly seconds: number }
    | { readonly kind: 'app_cookie'; readonly seconds: number; readonly cookie: string }
}
