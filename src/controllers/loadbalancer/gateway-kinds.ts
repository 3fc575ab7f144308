// Owns the kinds of Gateways as the controller reads them, and how it notices which are installed.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/crddetect/gateway_feature_flags.go.
import { isNotFound } from '../../base/errors.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import {
  GATEWAY_GROUP,
  GATEWAY_RESOURCE,
  type Gateway,
  type GatewayClass,
  type GatewayFlavor,
  type ListenerSet,
  type ReferenceGrant,
  type Route,
  type RouteKind,
} from '../../rules/load-balancer/gateway/api.ts'
import {
  CONFIGURATION_GROUP,
  type ListenerRuleConfiguration,
  type LoadBalancerConfiguration,
  type TargetGroupConfiguration,
} from '../../rules/load-balancer/gateway/configuration.ts'

function ofGroup<T extends KubernetesObject>(kind: string, plural = `${kind.toLowerCase()}s`): Resource<T> {
  return { group: GATEWAY_GROUP, version: 'v1', kind, plural, namespaced: true }
}

function configuration<T extends KubernetesObject>(kind: string): Resource<T> {
  return {
    group: CONFIGURATION_GROUP,
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    namespaced: true,
  }
}

export const gatewayClasses: Resource<GatewayClass> = {
  ...ofGroup<GatewayClass>('GatewayClass', 'gatewayclasses'),
  namespaced: false,
}
export const gateways: Resource<Gateway> = GATEWAY_RESOURCE
export const listenerSets: Resource<ListenerSet> = ofGroup<ListenerSet>('ListenerSet')
export const referenceGrants: Resource<ReferenceGrant> = {
  ...ofGroup<ReferenceGrant>('ReferenceGrant'),
  version: 'v1beta1',
}
export const routesOf: Readonly<Record<RouteKind, Resource<Route>>> = {
  HTTPRoute: ofGroup('HTTPRoute'),
  GRPCRoute: ofGroup('GRPCRoute'),
  TLSRoute: ofGroup('TLSRoute'),
  TCPRoute: ofGroup('TCPRoute'),
  UDPRoute: ofGroup('UDPRoute'),
}
export const loadBalancerConfigurations =
  configuration<LoadBalancerConfiguration>('LoadBalancerConfiguration')
export const targetGroupConfigurations = configuration<TargetGroupConfiguration>('TargetGroupConfiguration')
export const listenerRuleConfigurations =
  configuration<ListenerRuleConfiguration>('ListenerRuleConfiguration')

/** What of the Gateway API the controller serves: what was installed when it started. */
export interface ServedGateways {
  readonly flavors: readonly GatewayFlavor[]
  readonly hasGrants: boolean
  readonly hasListenerSets: boolean
}

/** Where nothing of it is installed. */
export const NO_GATEWAYS: ServedGateways = { flavors: [], hasGrants: false, hasListenerSets: false }

const CONFIGURATIONS: readonly Resource[] = [
  loadBalancerConfigurations,
  targetGroupConfigurations,
  listenerRuleConfigurations,
]

const NEEDED: Readonly<Record<GatewayFlavor, readonly Resource[]>> = {
  alb: [gateways, gatewayClasses, routesOf.HTTPRoute, routesOf.GRPCRoute, ...CONFIGURATIONS],
  nlb: [gateways, gatewayClasses, routesOf.TLSRoute, routesOf.TCPRoute, routesOf.UDPRoute, ...CONFIGURATIONS],
}

/**
 * Looks which kinds the API serves, as the controller does when it starts.
 * @param log says which are missing, in the controller's words
 */
export async function findServedGateways(
  client: KubernetesClient,
  log: (line: string) => void,
): Promise<ServedGateways> {
  const all = [...new Set([...NEEDED.alb, ...NEEDED.nlb, referenceGrants, listenerSets])]
  const answers = await Promise.all(all.map((resource) => isServed(client, resource)))
  const missing = new Set(all.filter((_, index) => !answers[index]))
  const flavors = (['alb', 'nlb'] as const).filter((flavor) => {
    const absent = NEEDED[flavor].filter((resource) => missing.has(resource))
    if (absent.length === 0) return true
    const kinds = absent.map(({ kind }) => kind).join(', ')
    log(`Disabling ${flavor.toUpperCase()}GatewayAPI: missing required CRDs: ${kinds}`)
    return false
  })
  const hasListenerSets = !missing.has(listenerSets)
  if (!hasListenerSets) log('Disabling GatewayListenerSet: missing required CRDs: ListenerSet')
  return { flavors, hasGrants: !missing.has(referenceGrants), hasListenerSets }
}

async function isServed(client: KubernetesClient, resource: Resource): Promise<boolean> {
  try {
    await client.list(resource, { limit: 1 })
    return true
  } catch (error) {
    // Whatever else is wrong is for those to wait out who read them.
    return !isNotFound(error)
  }
}
