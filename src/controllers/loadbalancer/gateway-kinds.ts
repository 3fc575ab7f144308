// Owns how the controller notices what of the Gateway API is installed.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/crddetect/gateway_feature_flags.go.
import { isNotFound } from '../../base/errors.ts'
import type { KubernetesClient, Resource } from '../../kubernetes/client/client.ts'
import {
  gatewayClasses,
  gateways,
  listenerRuleConfigurations,
  listenerSets,
  loadBalancerConfigurations,
  referenceGrants,
  routesOf,
  targetGroupConfigurations,
} from '../../kubernetes/client/gateways.ts'
import type { GatewayFlavor } from '../../rules/load-balancer/gateway/api.ts'

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
