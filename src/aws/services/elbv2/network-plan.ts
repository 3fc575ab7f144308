// Owns what the data plane is told of a Network Load Balancer and its groups, out of the records.
import type { FlowSettings, ListenerPlan, LoadBalancerPlan, Minimum } from '../../../network/load-balancer.ts'
import { ALPN_POLICIES, backendPolicy, sslPolicy } from '../../../rules/load-balancer/ssl-policies.ts'
import type { Attributes } from '../../../rules/load-balancer/attributes.ts'
import { clientCertificatesOf } from './listeners/mutual-authentication.ts'
import { certificatesOf, listenersOf } from './lookup.ts'
import type { Elb, ListenerRecord, LoadBalancerRecord, TargetGroupRecord } from './state.ts'

/** "350 seconds", which TLS listeners cannot change (NLB user guide, "Connection idle timeout"). */
const TLS_IDLE_SECONDS = 350

/** All but whom the security groups let in. */
export function networkPlanOf(
  elb: Elb,
  record: LoadBalancerRecord,
): Omit<LoadBalancerPlan, 'admits' | 'log'> {
  return {
    arn: record.arn,
    dnsName: record.loadBalancer.DNSName ?? '',
    zones: (record.loadBalancer.AvailabilityZones ?? []).map((zone) => zone.ZoneName ?? ''),
    crossZone: record.attributes['load_balancing.cross_zone.enabled'] === 'true',
    listeners: listenersOf(elb, record.arn).map((listener) => listenerOf(elb, listener)),
  }
}

function listenerOf(elb: Elb, record: ListenerRecord): ListenerPlan {
  const { arn, listener, attributes } = record
  const [{ ForwardConfig: forward } = {}] = listener.DefaultActions ?? []
  const groups = (forward?.TargetGroups ?? []).map(({ TargetGroupArn = '', Weight = 1 }) => ({
    arn: TargetGroupArn,
    weight: Weight,
  }))
  const isGroupSticky = forward?.TargetGroupStickinessConfig?.Enabled === true
  const at = { arn, port: listener.Port ?? 0, groups, ...(isGroupSticky && { isGroupSticky }) }
  const { Protocol } = listener
  if (Protocol === 'UDP') return { ...at, protocol: Protocol }
  if (Protocol !== 'TLS') {
    const protocol = Protocol === 'TCP_UDP' ? Protocol : 'TCP'
    return { ...at, protocol, idleTimeoutSeconds: Number(attributes['tcp.idle_timeout.seconds']) }
  }
  const policy = sslPolicy(listener.SslPolicy ?? '') ?? { protocols: [], ciphers: [], name: '' }
  const backend = backendPolicy(policy)
  const clients = clientCertificatesOf(elb, listener)
  return {
    ...at,
    protocol: 'TLS',
    idleTimeoutSeconds: TLS_IDLE_SECONDS,
    tls: {
      certificates: certificatesOf(elb, record),
      policy,
      alpn: ALPN_POLICIES[listener.AlpnPolicy?.[0] ?? 'None'] ?? [],
      ...(clients?.mode === 'verify' && { clients: clients.trust }),
    },
    ...(backend && { backend }),
  }
}

/** What becomes of the connections to a group of a Network Load Balancer. */
export function flowSettingsOf({ targetGroup, attributes }: TargetGroupRecord): Partial<FlowSettings> {
  const crossZone = attributes['load_balancing.cross_zone.enabled']
  return {
    isTls: targetGroup.Protocol === 'TLS',
    isSticky: attributes['stickiness.enabled'] === 'true',
    ...(crossZone === 'true' || crossZone === 'false' ? { crossZone: crossZone === 'true' } : {}),
    endsDeregistered: attributes['deregistration_delay.connection_termination.enabled'] === 'true',
    endsUnhealthy: attributes['target_health_state.unhealthy.connection_termination.enabled'] !== 'false',
    fewestForRouting: minimumOf(attributes, 'unhealthy_state_routing'),
    fewestForDns: minimumOf(attributes, 'dns_failover'),
  }
}

// `off` asks for nothing beyond what there is without it: one.
function minimumOf(attributes: Attributes, what: string): Minimum {
  const read = (unit: string): number =>
    Number(attributes[`target_group_health.${what}.minimum_healthy_targets.${unit}`])
  return { count: read('count') || 1, percentage: read('percentage') || 0 }
}
