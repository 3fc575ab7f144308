// Owns what a Gateway comes to: its listeners and those of its ListenerSets, the routes that they take, and what is to be told
// of each; pure.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/routeutils/loader.go, listener_set.go.
import {
  byAge,
  ROUTES_OF,
  routeId,
  type Gateway,
  type GatewayFlavor,
  type ListenerSet,
  type Route,
  type RouteKind,
} from './api.ts'
import { attach, letsNamespaceIn, type NamespaceLabels, type RouteVerdict } from './attachment.ts'
import { loadRoute, type BackendSources, type LoadedRoute, type RouteProblem } from './backends.ts'
import {
  mergedLoadBalancer,
  mergedProps,
  prefersGateway,
  type LoadBalancerConfigurationSpec,
  type TargetGroupConfiguration,
} from './configuration.ts'
import type { LoadedGateway } from './front.ts'
import { listenerVerdicts, type ListenerOwner, type Verdicts } from './listeners.ts'

/** What a Gateway is told to be. */
export interface GatewayConfiguration {
  readonly config: LoadBalancerConfigurationSpec
  /** For backends that say nothing themselves. */
  readonly defaults: TargetGroupConfiguration | undefined
}

/** What one of the two says of itself. */
export interface OwnConfiguration {
  readonly spec: LoadBalancerConfigurationSpec | undefined
  readonly defaults: TargetGroupConfiguration | undefined
}

/** What a class and a Gateway of it say together. */
export function mergedConfiguration(
  ofClass: OwnConfiguration,
  ofGateway: OwnConfiguration,
): GatewayConfiguration {
  const [high, low] = prefersGateway(ofClass.spec) ? [ofGateway, ofClass] : [ofClass, ofGateway]
  return {
    config: mergedLoadBalancer(ofClass.spec, ofGateway.spec),
    defaults: mergedDefaults(high.defaults, low.defaults),
  }
}

function mergedDefaults(
  high: TargetGroupConfiguration | undefined,
  low: TargetGroupConfiguration | undefined,
): TargetGroupConfiguration | undefined {
  if (!high || !low) return high ?? low
  const defaultConfiguration = mergedProps(
    high.spec?.defaultConfiguration ?? {},
    low.spec?.defaultConfiguration ?? {},
  )
  return { ...high, spec: { ...high.spec, defaultConfiguration } }
}

/** A Gateway with all that belongs to it, and what is to be told of it. */
export interface GatewayView {
  readonly loaded: LoadedGateway
  readonly verdicts: ReadonlyMap<ListenerOwner, Verdicts>
  readonly routes: readonly RouteVerdict[]
  /** Undefined where ListenerSets are not served. */
  readonly sets: GatewaySets | undefined
}

/** The ListenerSets that name a Gateway. */
export interface GatewaySets {
  readonly accepted: ReadonlyMap<ListenerOwner, ListenerSet>
  /** Those that the Gateway does not let in. */
  readonly rejected: readonly ListenerSet[]
}

/** Where all that belongs to a Gateway is found. */
export interface GatewayObjects extends BackendSources {
  routes(kind: RouteKind): readonly Route[]
  /** Undefined where ListenerSets are not served. */
  listenerSets(): readonly ListenerSet[] | undefined
  readonly labelsOf: NamespaceLabels
}

/** Reads the routes of a Gateway. @throws GatewayLoadError */
export function viewOf(
  gateway: Gateway,
  flavor: GatewayFlavor,
  { config, defaults }: GatewayConfiguration,
  objects: GatewayObjects,
): GatewayView {
  const { namespace = '', name } = gateway.metadata
  const owner: ListenerOwner = { kind: 'Gateway', namespace, name, listeners: gateway.spec.listeners }
  const present = objects.listenerSets()
  const sets = present && setsOf(gateway, present, objects.labelsOf)
  const verdicts = listenerVerdicts([owner, ...(sets?.accepted.keys() ?? [])], flavor)
  const all = ROUTES_OF[flavor].flatMap((kind) => objects.routes(kind))
  const attachment = attach(verdicts, all, objects.labelsOf)
  const byId = new Map<string, LoadedRoute>()
  const load = (route: Route): LoadedRoute => {
    const found = byId.get(routeId(route)) ?? loadRoute(route, objects, defaults)
    byId.set(routeId(route), found)
    return found
  }
  const routes = new Map([...attachment.routesByPort].map(([port, each]) => [port, each.map(load)]))
  const told = [...byId.values()].flatMap((each) =>
    (attachment.taken.get(routeId(each.route)) ?? []).map((parentRef) => verdictOf(each, parentRef)),
  )
  return {
    loaded: { gateway, flavor, config, attachment, routes },
    verdicts,
    routes: firstOfEach([...attachment.rejected, ...told]),
    sets,
  }
}

function setsOf(
  { metadata, spec }: Gateway,
  all: readonly ListenerSet[],
  labelsOf: NamespaceLabels,
): GatewaySets {
  const { namespace: own = '', name } = metadata
  const attached = all.filter(({ metadata: { namespace }, spec: { parentRef } }) => {
    const isGateway = (parentRef.kind ?? 'Gateway') === 'Gateway' && parentRef.name === name
    return isGateway && (parentRef.namespace ?? namespace) === own
  })
  const from = { from: 'None', ...spec.allowedListeners?.namespaces }
  const { letIn = [], rejected = [] } = Object.groupBy(attached, ({ metadata: { namespace = '' } }) =>
    letsNamespaceIn(from, namespace, { namespace: own, labelsOf }) ? 'letIn' : 'rejected',
  )
  const accepted = letIn.toSorted(byAge).map((set): [ListenerOwner, ListenerSet] => {
    const { namespace = '', name: setName } = set.metadata
    return [{ kind: 'ListenerSet', namespace, name: setName, listeners: set.spec.listeners }, set]
  })
  return { accepted: new Map(accepted), rejected }
}

/** Reasons that speak against the route, and those that speak of what it leads to; others speak against both. */
const UNACCEPTED = [
  'NotAllowedByListeners',
  'NoMatchingListenerHostname',
  'NoMatchingParent',
  'UnsupportedValue',
  'Pending',
  'IncompatibleFilters',
]
const UNRESOLVED = ['RefNotPermitted', 'InvalidKind', 'BackendNotFound', 'UnsupportedProtocol']

function verdictOf({ route, problems }: LoadedRoute, parentRef: RouteVerdict['parentRef']): RouteVerdict {
  const [problem]: readonly RouteProblem[] = problems
  if (!problem) {
    return {
      route,
      parentRef,
      isAccepted: true,
      isResolved: true,
      reason: 'Accepted',
      message: 'Route is accepted by Gateway',
    }
  }
  return {
    route,
    parentRef,
    isAccepted: UNRESOLVED.includes(problem.reason),
    isResolved: UNACCEPTED.includes(problem.reason),
    ...problem,
  }
}

// What went wrong comes first, and stays.
function firstOfEach(verdicts: readonly RouteVerdict[]): RouteVerdict[] {
  const byReference = new Map(
    verdicts
      .toReversed()
      .map((each) => [JSON.stringify([routeId(each.route), each.parentRef]), each] as const),
  )
  return [...byReference.values()]
}
