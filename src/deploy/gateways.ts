// Owns Gateways as a deployment sees them: programmed, targets that have been checked, and one fetch of the URL.
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { gatewayClasses, gateways, listenerSets, routesOf } from '../kubernetes/client/gateways.ts'
import { listServed } from '../kubernetes/client/list-served.ts'
import {
  flavorOf,
  GATEWAY_GROUP,
  ROUTE_KINDS,
  type Gateway,
  type Listener,
} from '../rules/load-balancer/gateway/api.ts'
import type { SourcedObject } from './apply.ts'
import { isAnyReady, targetsChecked } from './checked-targets.ts'
import { withHostname, type Balanced } from './hostname.ts'
import type { LoadBalancerOptions } from './load-balancers.ts'
import type { LoadBalancerReport } from './up-result.ts'

const GATEWAY: Balanced<Gateway> = {
  resource: gateways,
  // The name is there before the load balancer carries anything.
  hostnameOf: ({ status }) => (isProgrammed(status) ? status?.addresses?.[0]?.value : undefined),
  certificates: 'listenerConfigurations of its LoadBalancerConfiguration',
}

function isProgrammed(status: Gateway['status']): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Programmed' && is === 'True') === true
}

/** The manifests of Gateways that the load balancer controller will make a load balancer for, by the classes of the cluster. */
export async function balancedGatewaysIn(
  kubernetes: KubernetesClient,
  manifests: readonly SourcedObject[],
): Promise<readonly SourcedObject[]> {
  const found = manifests.filter(
    ({ object }) => object.kind === 'Gateway' && object.apiVersion.startsWith(`${GATEWAY_GROUP}/`),
  )
  if (found.length === 0) return []
  const { items } = await kubernetes.list(gatewayClasses)
  const ours = new Set(
    items.filter(({ spec }) => flavorOf(spec.controllerName)).map(({ metadata }) => metadata.name),
  )
  // The API has taken the manifest, and requires the field.
  return found.filter(({ object }) => ours.has((object as unknown as Gateway).spec.gatewayClassName))
}

/**
 * Waits until the Gateway is programmed and its load balancer has checked its targets, then fetches `/` once, where a listener
 * of it carries TCP. Whatever that says is reported: rules may want a host or a path that `/` has not.
 */
export async function gatewayReady(
  manifest: SourcedObject,
  options: LoadBalancerOptions,
): Promise<LoadBalancerReport> {
  const { name, namespace = 'default' } = manifest.object.metadata
  const { object, hostname } = await withHostname(GATEWAY, { namespace, name }, options)
  const isServed = () => hasEndpoints({ namespace, name }, options.kubernetes)
  const about = { kind: 'gateway', namespace, name, hostname, isServed }
  const healthyTargets = await targetsChecked(about, options)
  const front = shownListener(object)
  const way = await options.web.wayTo(hostname, front?.port ?? 80)
  const isWeb = front !== undefined && front.protocol !== 'UDP' && healthyTargets > 0
  const url = front?.protocol.startsWith('HTTP') ? new URL('/', way.url).href : way.url
  const httpStatus = isWeb ? await options.web.fetchStatus(url) : 0
  return { namespace, gateway: name, hostname, ...way, url, healthyTargets, httpStatus }
}

/** The first listener that a route is attached to, one of TCP before one of UDP. */
function shownListener({ spec, status }: Gateway): Listener | undefined {
  const attached = spec.listeners.filter((listener) =>
    status?.listeners?.some(({ name, attachedRoutes }) => name === listener.name && attachedRoutes > 0),
  )
  const all = attached.length > 0 ? attached : spec.listeners
  return all.find(({ protocol }) => protocol !== 'UDP') ?? all[0]
}

async function hasEndpoints(
  gateway: { readonly namespace: string; readonly name: string },
  kubernetes: KubernetesClient,
): Promise<boolean> {
  const sets = await listServed(kubernetes, listenerSets)
  const names = (
    { kind = 'Gateway', namespace, name }: { kind?: string; namespace?: string; name: string },
    own: string | undefined,
  ): boolean => {
    if (kind === 'Gateway') return name === gateway.name && (namespace ?? own) === gateway.namespace
    const set = sets.find(
      ({ metadata }) => metadata.name === name && metadata.namespace === (namespace ?? own),
    )
    return set !== undefined && names(set.spec.parentRef, set.metadata.namespace)
  }
  const all = await Promise.all(ROUTE_KINDS.map((kind) => listServed(kubernetes, routesOf[kind])))
  const routes = all
    .flat()
    .filter(({ metadata, spec }) => spec.parentRefs?.some((parent) => names(parent, metadata.namespace)))
  const services = routes.flatMap(({ metadata, spec }) =>
    (spec.rules ?? [])
      .flatMap(({ backendRefs = [] }) => backendRefs)
      .filter(({ kind = 'Service' }) => kind === 'Service')
      .map(({ namespace = metadata.namespace ?? 'default', name }) => ({ namespace, name })),
  )
  return await isAnyReady(services, kubernetes)
}
