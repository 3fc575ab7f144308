// Owns what a Gateway of the class `gateway.k8s.aws/nlb` asks of ELBv2; pure.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/model/base_model_builder.go, model_build_listener.go.
import type { ListenerModel } from '../listener.ts'
import type { NetworkListener, NetworkModel } from '../network.ts'
import type { Route } from './api.ts'
import type { LoadedRoute } from './backends.ts'
import {
  frontOf,
  gatewayTags,
  portsOf,
  type GatewayPort,
  type GatewaySources,
  type LoadedGateway,
} from './front.ts'
import { RouteGroups } from './route-groups.ts'

/** @throws BuildError with the controller's text, or Neargate's for what is not emulated */
export function networkModelOf(loaded: LoadedGateway, sources: GatewaySources): NetworkModel {
  const { config } = loaded
  const front = frontOf(loaded, sources.cluster)
  const groups = new RouteGroups(loaded, sources, front)
  const tagged = gatewayTags(loaded, sources.cluster)
  const listeners = portsOf(loaded, sources).flatMap((port): NetworkListener[] => {
    const forwards = forwardsOf(port, groups)
    // ELBv2 has no listener that forwards to nothing.
    if (forwards.every(({ weight }) => weight === 0)) return []
    const isSticky = port.configuration?.targetGroupStickiness
    return [
      {
        port: port.port,
        listener: listenerOf(port),
        groups: forwards,
        ...(isSticky !== undefined && { isSticky }),
        attributes: port.attributes,
        tags: tagged(String(port.port), config.tags),
      },
    ]
  })
  return {
    ...front,
    privateLinkRules: config.enforceSecurityGroupInboundRulesOnPrivateLinkTraffic,
    listeners,
    targetGroups: groups.targetGroups(),
    applications: groups.applications(),
  }
}

function forwardsOf({ routes, protocol }: GatewayPort, groups: RouteGroups) {
  const chosen = firstRoute(routes)
  if (!chosen) return []
  const { route, rules } = chosen
  return rules.flatMap(({ backends }) => backends).map((backend) => groups.forward(route, backend, protocol))
}

// Nothing tells the connections of two routes apart: the oldest gets all, then the first by name.
function firstRoute(routes: readonly LoadedRoute[]): LoadedRoute | undefined {
  const rank = ({ metadata }: Route) => [
    Date.parse(metadata.creationTimestamp) || 0,
    `${metadata.namespace}/${metadata.name}`,
  ]
  const [first] = routes.toSorted((a, b) => {
    const [[timeA = 0, nameA = ''], [timeB = 0, nameB = '']] = [rank(a.route), rank(b.route)]
    if (timeA !== timeB) return timeA < timeB ? -1 : 1
    return nameA < nameB ? -1 : 1
  })
  return first
}

function listenerOf({
  protocol,
  certificates,
  sslPolicy,
  configuration,
}: GatewayPort): NetworkListener['listener'] {
  const [first, ...more] = certificates
  // No other listener of such a Gateway is valid.
  const spoken = protocol as ListenerModel['protocol']
  if (spoken !== 'TLS' || first === undefined || sslPolicy === undefined) return { protocol: spoken }
  return {
    protocol: spoken,
    tls: { certificates: [first, ...more], policy: sslPolicy, alpn: configuration?.alpnPolicy ?? 'None' },
  }
}
