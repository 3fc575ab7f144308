// Owns the attributes of load balancers, target groups and listeners: which there are, and their defaults.
// Source: ELBv2 API reference, LoadBalancerAttribute, TargetGroupAttribute, ListenerAttribute (Network Load Balancers).
import { notEmulated, validationError } from './errors.ts'
import type { Attributes } from './state.ts'

interface Attribute {
  Key?: string | undefined
  Value?: string | undefined
}

export const loadBalancerDefaults: Attributes = {
  'access_logs.s3.bucket': '',
  'access_logs.s3.enabled': 'false',
  'access_logs.s3.prefix': '',
  'deletion_protection.enabled': 'false',
  'dns_record.client_routing_policy': 'any_availability_zone',
  'ipv6.deny_all_igw_traffic': 'false',
  'load_balancing.cross_zone.enabled': 'false',
  'secondary_ips.auto_assigned.per_subnet': '0',
  'zonal_shift.config.enabled': 'false',
}

export const listenerDefaults: Attributes = { 'tcp.idle_timeout.seconds': '350' }

/** The defaults of a new target group: whether client addresses are kept depends on the target type. */
export function targetGroupDefaults(targetType: string): Attributes {
  return {
    'deregistration_delay.connection_termination.enabled': 'false',
    'deregistration_delay.timeout_seconds': '300',
    'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
    'preserve_client_ip.enabled': String(targetType === 'instance'),
    'proxy_protocol_v2.enabled': 'false',
    'stickiness.enabled': 'false',
    'stickiness.type': 'source_ip',
    'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
    'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
    'target_health_state.unhealthy.connection_termination.enabled': 'true',
    'target_health_state.unhealthy.draining_interval_seconds': '0',
  }
}

/** Attributes that would change where traffic goes or what becomes of it, and that the data plane does not know. */
const NOT_EMULATED = {
  'Load balancer': ['access_logs.s3.enabled', 'zonal_shift.config.enabled'],
  'Target group': [
    'deregistration_delay.connection_termination.enabled',
    'load_balancing.cross_zone.enabled',
    'stickiness.enabled',
  ],
  Listener: [],
} as const satisfies Record<string, readonly string[]>

/**
 * Attributes with those of a request put over them.
 * @throws AwsError ValidationError for a key that is not there, and for a change that would have no effect
 */
export function mergeAttributes(
  noun: keyof typeof NOT_EMULATED,
  current: Attributes,
  given: readonly Attribute[] = [],
): Attributes {
  const next: Record<string, string> = { ...current }
  for (const { Key = '', Value = '' } of given) {
    if (!Object.hasOwn(current, Key))
      throw validationError(`${noun} attribute key '${Key}' is not recognized`)
    const isFixed = (NOT_EMULATED[noun] as readonly string[]).includes(Key)
    if (isFixed && current[Key] !== Value) throw notEmulated(`${Key}=${Value}`)
    next[Key] = Value
  }
  return next
}

/** Attributes as responses list them. */
export function showAttributes(attributes: Attributes): { Key: string; Value: string }[] {
  return Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }))
}
