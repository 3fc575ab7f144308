// Owns the shapes of the Gateway API as far as the load balancer controller reads and writes them.
// Source: gateway-api v1.6.0, apis/v1; defaults are those of its CustomResourceDefinitions.
import type { Condition, LabelSelector, ObjectMeta } from '../../../../generated/kubernetes.d.ts'

export const GATEWAY_GROUP = 'gateway.networking.k8s.io'

/** Which load balancers a GatewayClass stands for, by its `controllerName`. */
export const GATEWAY_CONTROLLERS = { alb: 'gateway.k8s.aws/alb', nlb: 'gateway.k8s.aws/nlb' } as const
export type GatewayFlavor = keyof typeof GATEWAY_CONTROLLERS

/** The flavor of a class; undefined for one that another controller has. */
export function flavorOf(controllerName: string): GatewayFlavor | undefined {
  return (['alb', 'nlb'] as const).find((flavor) => GATEWAY_CONTROLLERS[flavor] === controllerName)
}

export const ROUTE_KINDS = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'] as const
export type RouteKind = (typeof ROUTE_KINDS)[number]

/** The kinds of routes that each flavor takes (pkg/gateway/routeutils/loader.go). */
export const ROUTES_OF: Readonly<Record<GatewayFlavor, readonly RouteKind[]>> = {
  alb: ['HTTPRoute', 'GRPCRoute'],
  nlb: ['TLSRoute', 'TCPRoute', 'UDPRoute'],
}

interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

export interface ParametersReference {
  readonly group: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

export interface GatewayClass extends ApiObject {
  readonly spec: { readonly controllerName: string; readonly parametersRef?: ParametersReference }
  readonly status?: { readonly conditions?: readonly Condition[] }
}

export interface AllowedNamespaces {
  readonly from?: string
  readonly selector?: LabelSelector
}

export interface Listener {
  readonly name: string
  readonly port: number
  readonly protocol: string
  readonly hostname?: string
  readonly tls?: { readonly mode?: 'Terminate' | 'Passthrough' }
  readonly allowedRoutes?: {
    readonly namespaces?: AllowedNamespaces
    readonly kinds?: readonly { readonly group?: string; readonly kind: string }[]
  }
}

export interface ListenerStatus {
  readonly name: string
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[]
  readonly attachedRoutes: number
  readonly conditions: readonly Condition[]
}

export interface GatewayStatus {
  readonly addresses?: readonly { readonly type?: string; readonly value: string }[]
  readonly conditions?: readonly Condition[]
  readonly listeners?: readonly ListenerStatus[]
  readonly attachedListenerSets?: number
}

export interface Gateway extends ApiObject {
  readonly spec: {
    readonly gatewayClassName: string
    readonly listeners: readonly Listener[]
    /** Which ListenerSets it lets in: none where nothing is said. */
    readonly allowedListeners?: { readonly namespaces?: AllowedNamespaces }
    readonly infrastructure?: {
      readonly labels?: Readonly<Record<string, string>>
      readonly annotations?: Readonly<Record<string, string>>
      readonly parametersRef?: Omit<ParametersReference, 'namespace'>
    }
  }
  readonly status?: GatewayStatus
}

/** More listeners of a Gateway, in an object of their own. */
export interface ListenerSet extends ApiObject {
  readonly spec: { readonly parentRef: ParentReference; readonly listeners: readonly Listener[] }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly listeners?: readonly ListenerStatus[]
  }
}

export interface ParentReference {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name: string
  readonly sectionName?: string
  readonly port?: number
}

export interface BackendReference {
  readonly group?: string
  readonly kind?: string
  readonly name: string
  readonly namespace?: string
  readonly port?: number
  readonly weight?: number
}

export interface PathModifier {
  readonly type: 'ReplaceFullPath' | 'ReplacePrefixMatch'
  readonly replaceFullPath?: string
  readonly replacePrefixMatch?: string
}

export interface RequestRedirect {
  readonly scheme?: string
  readonly hostname?: string
  readonly port?: number
  readonly path?: PathModifier
  readonly statusCode?: number
}

export interface RouteFilter {
  readonly type: string
  readonly requestRedirect?: RequestRedirect
  readonly urlRewrite?: { readonly hostname?: string; readonly path?: PathModifier }
  readonly extensionRef?: { readonly group: string; readonly kind: string; readonly name: string }
}

export interface HeaderMatch {
  readonly type?: string
  readonly name: string
  readonly value: string
}

/** A match of an HTTPRoute; one of a GRPCRoute has only headers, and a service and method instead of a path. */
export interface HttpMatch {
  readonly path?: { readonly type?: string; readonly value?: string }
  readonly headers?: readonly HeaderMatch[]
  readonly queryParams?: readonly HeaderMatch[]
  readonly method?: string
}

export interface GrpcMatch {
  readonly method?: { readonly type?: string; readonly service?: string; readonly method?: string }
  readonly headers?: readonly HeaderMatch[]
}

export interface RouteRule<Match = HttpMatch | GrpcMatch> {
  readonly matches?: readonly Match[]
  readonly filters?: readonly RouteFilter[]
  readonly backendRefs?: readonly (BackendReference & { readonly filters?: readonly RouteFilter[] })[]
}

export interface RouteParentStatus {
  readonly parentRef: ParentReference
  readonly controllerName: string
  readonly conditions: readonly Condition[]
}

/** A route of any kind; those of TCP and UDP have no hostnames. */
export interface Route extends ApiObject {
  readonly kind: RouteKind
  readonly spec: {
    readonly parentRefs?: readonly ParentReference[]
    readonly hostnames?: readonly string[]
    readonly rules?: readonly RouteRule[]
  }
  readonly status?: { readonly parents?: readonly RouteParentStatus[] }
}

export interface ReferenceGrant extends ApiObject {
  readonly spec: {
    readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[]
    readonly to: readonly { readonly group: string; readonly kind: string; readonly name?: string }[]
  }
}

/** For sorting: the oldest comes first, then the first by namespace and name. */
export function byAge(a: Pick<Route, 'metadata'>, b: Pick<Route, 'metadata'>): number {
  const born = ({ metadata }: typeof a): number => Date.parse(metadata.creationTimestamp) || 0
  const key = ({ metadata }: typeof a): string => `${metadata.namespace}/${metadata.name}`
  return born(a) - born(b) || (key(a) < key(b) ? -1 : 1)
}

/** `Kind-namespace/name`, by which the controller tells routes apart. */
export function routeId({ kind, metadata }: Route): string {
  return `${kind}-${metadata.namespace}/${metadata.name}`
}
