// Owns what a Gateway of the class `gateway.k8s.aws/nlb` asks of ELBv2; pure.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/model/base_model_builder.go, model_build_listener.go.
import type { ListenerModel } from '../listener.ts'
import type { NetworkListener, NetworkModel } from '../network.ts'
import { byAge } from './api.ts'
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
  // Nothing tells the connections of two routes apart: the oldest gets all.
  const [chosen] = routes.toSorted((a, b) => byAge(a.route, b.route))
  if (!chosen) return []
  const { route, rules } = chosen
  return rules.flatMap(({ backends }) => backends).map((backend) => groups.forward(route, backend, protocol))
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
