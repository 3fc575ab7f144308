// Owns the attributes of load balancers, target groups and listeners: which there are, their defaults, and which may
// not be changed here. Source: ELBv2 API reference, LoadBalancerAttribute, TargetGroupAttribute, ListenerAttribute
// (Network Load Balancers; those of Application Load Balancers are in application-attributes.ts).
import { valueProblem } from './application-attributes.ts'

export type Attributes = Readonly<Record<string, string>>

/** What has attributes, as the texts of ELBv2 call it. */
export type AttributeOwner = 'Load balancer' | 'Target group' | 'Listener'

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

/** Protocols whose groups get datagrams. */
const OF_DATAGRAMS = ['UDP', 'TCP_UDP']

/**
 * The defaults of a new target group: whether client addresses are kept depends on the target type, and on the protocol;
 * flows of datagrams end with the deregistration delay.
 */
export function targetGroupDefaults(targetType: string, protocol = 'TCP'): Attributes {
  const hasDatagrams = OF_DATAGRAMS.includes(protocol)
  return {
    'deregistration_delay.connection_termination.enabled': String(hasDatagrams),
    'deregistration_delay.timeout_seconds': '300',
    'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
    'preserve_client_ip.enabled': String(hasDatagrams || targetType === 'instance'),
    'proxy_protocol_v2.enabled': 'false',
    'stickiness.enabled': 'false',
    'stickiness.type': 'source_ip',
    'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
    'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
    // Flows of datagrams do not end with the health of their target (ELBv2 API reference, TargetGroupAttribute).
    ...(!hasDatagrams && {
      'target_health_state.unhealthy.connection_termination.enabled': 'true',
      'target_health_state.unhealthy.draining_interval_seconds': '0',
    }),
  }
}

/** Attributes that would change where traffic goes or what becomes of it, and that the data plane does not know. */
const NOT_EMULATED: Readonly<Record<AttributeOwner, readonly string[]>> = {
  'Load balancer': ['health_check_logs.s3.enabled', 'zonal_shift.config.enabled'],
  'Target group': [
    'load_balancing.algorithm.anomaly_mitigation',
    'routing.http2.rst_stream_error_forwarding.enabled',
    'target_health_state.unhealthy.draining_interval_seconds',
  ],
  Listener: [],
}

export interface AttributeProblem {
  /** What ELBv2 answers as ValidationError. */
  readonly message: string
  /** True when AWS would take it. */
  readonly isNotEmulated: boolean
}

/**
 * Why an attribute cannot be set; undefined when it can.
 * @param known the attributes that the owner has, with their values: what it is created with cannot be refused later
 */
export function attributeProblem(
  owner: AttributeOwner,
  known: Attributes,
  [key, value]: readonly [key: string, value: string],
): AttributeProblem | undefined {
  if (!Object.hasOwn(known, key)) {
    return { message: `${owner} attribute key '${key}' is not recognized`, isNotEmulated: false }
  }
  const wrong = valueProblem(key, value) ?? datagramProblem(known, key, value)
  if (wrong !== undefined) return { message: wrong, isNotEmulated: false }
  // Requests go to the targets of all zones; connections keep to one where that is asked for.
  const isOfRequests = Object.hasOwn(known, 'load_balancing.algorithm.type')
  const isEmulated =
    !NOT_EMULATED[owner].includes(key) &&
    !(isOfRequests && key === 'load_balancing.cross_zone.enabled') &&
    !(isOfDatagrams(known) && key === 'proxy_protocol_v2.enabled')
  if (isEmulated || known[key] === value) return undefined
  return { message: `${key}=${value} is not emulated by Neargate`, isNotEmulated: true }
}

function isOfDatagrams(known: Attributes): boolean {
  const ofTargets = 'target_health_state.unhealthy.connection_termination.enabled'
  return Object.hasOwn(known, 'preserve_client_ip.enabled') && !Object.hasOwn(known, ofTargets)
}

// "You can't disable client IP preservation for UDP and TCP_UDP target groups" (NLB user guide, "Client IP preservation").
function datagramProblem(known: Attributes, key: string, value: string): string | undefined {
  if (key !== 'preserve_client_ip.enabled' || value === 'true' || !isOfDatagrams(known)) return undefined
  return `'${key}' cannot be disabled for target groups with the UDP or TCP_UDP protocol`
}
