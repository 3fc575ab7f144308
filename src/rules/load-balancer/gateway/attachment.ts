// Owns which routes are attached to which listeners of a Gateway, under which hostnames, and why others are not.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/routeutils/route_listener_mapper.go,
// listener_attachment_helper.go, attachment_helper.go.
import { isIP } from 'node:net'

import { matchesLabelSelector } from '../../scheduling/label-selector.ts'
import { routeId, type AllowedNamespaces, type Listener, type ParentReference, type Route } from './api.ts'
import { allowedKinds, type ListenerOwner, type ListenerVerdict, type Verdicts } from './listeners.ts'

/** What the status of a route says of one of its parents. */
export interface RouteVerdict {
  readonly route: Route
  readonly parentRef: ParentReference
  readonly isAccepted: boolean
  readonly isResolved: boolean
  readonly reason: string
  readonly message: string
}

export interface Attachment {
  /** Valid listeners, in the order of their owners. */
  readonly listeners: readonly Listener[]
  /** Of ports that have any. */
  readonly routesByPort: ReadonlyMap<number, readonly Route[]>
  /** How many routes each listener has. */
  readonly counts: ReadonlyMap<Listener, number>
  /** The references of each route, by its id, that a listener has taken. */
  readonly taken: ReadonlyMap<string, readonly ParentReference[]>
  readonly rejected: readonly RouteVerdict[]
  /** The hostnames that a route has at a port: those that its listeners leave it, or its own. */
  hostnames(route: Route, port: number): readonly string[]
}

/** The labels of a namespace; undefined where there is none. */
export type NamespaceLabels = (name: string) => Readonly<Record<string, string>> | undefined

interface Outcome {
  readonly listener: Listener
  readonly hostnames?: readonly string[]
  /** Why not. */
  readonly refusal?: readonly [reason: string, message: string]
}

/** Attaches routes to the listeners of a Gateway and its ListenerSets. */
export function attach(
  verdicts: ReadonlyMap<ListenerOwner, Verdicts>,
  routes: readonly Route[],
  labelsOf: NamespaceLabels,
): Attachment {
  const counts = new Map<Listener, number>()
  const taken = new Map<string, ParentReference[]>()
  const rejected: RouteVerdict[] = []
  const byListener = new Map<Listener, Route[]>()
  const hosts = new Map<string, Set<string>>()
  for (const route of routes) {
    for (const parentRef of route.spec.parentRefs ?? []) {
      const owner = [...verdicts.keys()].find((each) => isParent(parentRef, route, each))
      if (!owner) continue
      const outcomes = wantedListeners(owner, parentRef).map((listener) =>
        attempt(listener, route, { namespace: owner.namespace, labelsOf }),
      )
      const good = outcomes.filter(({ refusal }) => !refusal)
      for (const { listener, hostnames = [] } of good) {
        counts.set(listener, (counts.get(listener) ?? 0) + 1)
        byListener.set(listener, [...(byListener.get(listener) ?? []), route])
        const key = `${listener.port} ${routeId(route)}`
        hosts.set(key, new Set([...(hosts.get(key) ?? []), ...hostnames]))
      }
      if (good.length > 0) taken.set(routeId(route), [...(taken.get(routeId(route)) ?? []), parentRef])
      else rejected.push(...rejections(route, parentRef, outcomes))
    }
  }
  const valid = validListeners(verdicts)
  return {
    listeners: valid,
    routesByPort: byPort(valid, byListener),
    counts,
    taken,
    rejected,
    hostnames(route, port) {
      const left = [...(hosts.get(`${port} ${routeId(route)}`) ?? [])]
      return left.length > 0 ? left : (route.spec.hostnames ?? [])
    },
  }
}

function validListeners(verdicts: ReadonlyMap<ListenerOwner, Verdicts>): Listener[] {
  return [...verdicts].flatMap(([{ listeners }, results]) =>
    listeners.filter(({ name }) => (results.get(name) as ListenerVerdict).isValid),
  )
}

function byPort(
  listeners: readonly Listener[],
  byListener: ReadonlyMap<Listener, readonly Route[]>,
): Map<number, Route[]> {
  const result = new Map<number, Route[]>()
  for (const listener of listeners) {
    const attached = byListener.get(listener) ?? []
    if (attached.length === 0) continue
    result.set(listener.port, [...new Set([...(result.get(listener.port) ?? []), ...attached])])
  }
  return result
}

function isParent(ref: ParentReference, route: Route, owner: ListenerOwner): boolean {
  return (
    (ref.kind ?? 'Gateway') === owner.kind &&
    ref.name === owner.name &&
    (ref.namespace ?? route.metadata.namespace) === owner.namespace
  )
}

function wantedListeners({ listeners }: ListenerOwner, { sectionName, port }: ParentReference): Listener[] {
  return listeners.filter(
    (each) => (sectionName === undefined || each.name === sectionName) && (port ?? each.port) === each.port,
  )
}

function rejections(
  route: Route,
  parentRef: ParentReference,
  outcomes: readonly Outcome[],
): readonly RouteVerdict[] {
  const verdict = (reason: string, message: string): RouteVerdict => ({
    route,
    parentRef,
    isAccepted: false,
    isResolved: true,
    reason,
    message,
  })
  const refusals = outcomes.flatMap(({ refusal }) => (refusal ? [verdict(...refusal)] : []))
  if (refusals.length > 0) return refusals
  return [verdict('NoMatchingParent', 'Route parentRef does not match listener')]
}

function attempt(
  listener: Listener,
  route: Route,
  { namespace, labelsOf }: { readonly namespace: string; readonly labelsOf: NamespaceLabels },
): Outcome {
  const refuse = (reason: string, why: string): Outcome => ({
    listener,
    refusal: [reason, `Listener does not allow route attachment, ${why}`],
  })
  if (
    !letsNamespaceIn(listener.allowedRoutes?.namespaces, route.metadata.namespace ?? '', {
      namespace,
      labelsOf,
    })
  ) {
    return refuse('NotAllowedByListeners', 'namespace does not match between listener and route')
  }
  if (!allowedKinds(listener).includes(route.kind)) {
    return refuse('NotAllowedByListeners', 'kind does not match between listener and route')
  }
  if (route.kind === 'TCPRoute' || route.kind === 'UDPRoute') return { listener }
  const hostnames = commonHostnames(listener.hostname, route.spec.hostnames ?? [])
  if (!hostnames) return refuse('NoMatchingListenerHostname', 'no matching hostname')
  return { listener, hostnames }
}

/** Whether something of `from` lets in what stands in a namespace. */
export function letsNamespaceIn(
  { from = 'Same', selector }: AllowedNamespaces = {},
  wanted: string,
  { namespace, labelsOf }: { readonly namespace: string; readonly labelsOf: NamespaceLabels },
): boolean {
  if (from === 'All') return true
  if (from === 'Same') return wanted === namespace
  if (from !== 'Selector' || !selector) return false
  const labels = labelsOf(wanted)
  return labels !== undefined && matchesLabelSelector(selector, labels)
}

/** What is left of the hostnames of a route behind a listener: empty for all of them, undefined for none. */
export function commonHostnames(
  ofListener: string | undefined,
  ofRoute: readonly string[],
): readonly string[] | undefined {
  if (ofListener === undefined) return []
  if (ofRoute.length === 0) return [ofListener]
  const common = ofRoute.filter(isHostname).flatMap((host) => narrower(host, ofListener) ?? [])
  return common.length > 0 ? common : undefined
}

// The definition of the kind has checked the letters.
function isHostname(name: string): boolean {
  if (isIP(name) !== 0) return false
  return name
    .replace(/^\*\./, '')
    .split('.')
    .every((label) => label.length >= 1 && label.length <= 63)
}

function narrower(a: string, b: string): string | undefined {
  if (a === b) return a
  if (a.startsWith('*.') && b.endsWith(a.slice(1))) return b
  return b.startsWith('*.') && a.endsWith(b.slice(1)) ? a : undefined
}
