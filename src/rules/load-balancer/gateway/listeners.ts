// Owns which listeners of a Gateway are valid for the controller, and which routes each of them takes.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/routeutils/listener_utils.go, constants.go.
import {
  GATEWAY_GROUP,
  ROUTES_OF,
  type GatewayFlavor,
  type Listener,
  type ListenerStatus,
  type RouteKind,
} from './api.ts'

export interface ListenerVerdict {
  readonly isValid: boolean
  /** Of the condition that is not as it should be; `Accepted` for a valid one. */
  readonly reason: string
  readonly message: string
  readonly supportedKinds: ListenerStatus['supportedKinds']
}

const KINDS_BY_PROTOCOL: Readonly<Record<string, readonly RouteKind[]>> = {
  TCP: ['TCPRoute'],
  UDP: ['UDPRoute'],
  TLS: ['TLSRoute', 'TCPRoute'],
  HTTP: ['HTTPRoute'],
  HTTPS: ['HTTPRoute', 'GRPCRoute'],
}

const PROTOCOLS_OF: Readonly<Record<GatewayFlavor, readonly string[]>> = {
  alb: ['HTTP', 'HTTPS'],
  nlb: ['TCP', 'UDP', 'TLS'],
}

/** The kinds that a listener lets in: what it says, or what its protocol does. */
export function allowedKinds({ allowedRoutes, protocol }: Listener): readonly string[] {
  const given = allowedRoutes?.kinds ?? []
  return given.length > 0 ? given.map(({ kind }) => kind) : (KINDS_BY_PROTOCOL[protocol] ?? [])
}

/** A Gateway or a ListenerSet, with its listeners. Those of its ListenerSets stand behind it, by age and then by name. */
export interface ListenerOwner {
  readonly kind: 'Gateway' | 'ListenerSet'
  readonly namespace: string
  readonly name: string
  readonly listeners: readonly Listener[]
}

/** By the name of the listener. */
export type Verdicts = ReadonlyMap<string, ListenerVerdict>

/** Judges all listeners of a load balancer in their order: of two that cannot be together the first stays valid. */
export function listenerVerdicts(
  owners: readonly ListenerOwner[],
  flavor: GatewayFlavor,
): ReadonlyMap<ListenerOwner, Verdicts> {
  const seen = { protocols: new Map<number, string>(), hosts: new Set<string>() }
  const judge = (listener: Listener): ListenerVerdict => {
    const { supportedKinds, isSupported } = supportedKindsOf(listener, flavor)
    const wrong = isSupported
      ? (protocolProblem(listener, flavor) ?? conflict(listener, seen))
      : (['InvalidRouteKinds', `Invalid route kind for listener ${listener.name}`] as const)
    const [reason, message] = wrong ?? ['Accepted', 'Listener is accepted.']
    return { isValid: !wrong, reason, message, supportedKinds }
  }
  return new Map(
    owners.map((owner) => [owner, new Map(owner.listeners.map((each) => [each.name, judge(each)]))]),
  )
}

type Problem = readonly [reason: string, message: string]

function supportedKindsOf(
  listener: Listener,
  flavor: GatewayFlavor,
): { readonly supportedKinds: ListenerVerdict['supportedKinds']; readonly isSupported: boolean } {
  const given = listener.allowedRoutes?.kinds ?? []
  const known: readonly string[] = ROUTES_OF[flavor]
  const kinds = allowedKinds(listener)
  const supported = given.length > 0 ? kinds.filter((kind) => known.includes(kind)) : kinds
  return {
    supportedKinds: supported.map((kind) => ({ group: GATEWAY_GROUP, kind })),
    isSupported: supported.length === kinds.length,
  }
}

function protocolProblem({ name, port, protocol }: Listener, flavor: GatewayFlavor): Problem | undefined {
  if (port < 1 || port > 65_535)
    return ['PortUnavailable', `Port ${port} is not available (listener name ${name})`]
  if (PROTOCOLS_OF[flavor].includes(protocol)) return undefined
  return ['UnsupportedProtocol', `Unsupported protocol ${protocol} for listener ${name}`]
}

function conflict(
  { port, protocol, hostname }: Listener,
  seen: { readonly protocols: Map<number, string>; readonly hosts: Set<string> },
): Problem | undefined {
  const before = seen.protocols.get(port)
  let problem: Problem | undefined
  if (before === undefined) seen.protocols.set(port, protocol)
  else if (before !== protocol && !isPair(before, protocol)) {
    problem = ['ProtocolConflict', `Protocol conflict for port ${port}`]
  }
  if (hostname === undefined) return problem
  const key = `${port}-${hostname}`
  if (seen.hosts.has(key))
    return ['HostnameConflict', `Hostname conflict for port ${port} with hostname ${hostname}`]
  seen.hosts.add(key)
  return problem
}

// One port may carry both.
function isPair(a: string, b: string): boolean {
  return (a === 'TCP' && b === 'UDP') || (a === 'UDP' && b === 'TCP')
}
