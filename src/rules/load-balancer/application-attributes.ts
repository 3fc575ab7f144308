// Owns the attributes of Application Load Balancers, their target groups and their listeners: which there are, their
// defaults and ranges. Source: ELBv2 API reference, LoadBalancerAttribute, TargetGroupAttribute, ListenerAttribute.

/** The defaults of a new Application Load Balancer. */
export function applicationDefaults(scheme: string): Record<string, string> {
  return {
    'access_logs.s3.bucket': '',
    'access_logs.s3.enabled': 'false',
    'access_logs.s3.prefix': '',
    'client_keep_alive.seconds': '3600',
    'connection_logs.s3.bucket': '',
    'connection_logs.s3.enabled': 'false',
    'connection_logs.s3.prefix': '',
    'deletion_protection.enabled': 'false',
    'health_check_logs.s3.bucket': '',
    'health_check_logs.s3.enabled': 'false',
    'health_check_logs.s3.prefix': '',
    'idle_timeout.timeout_seconds': '60',
    'ipv6.deny_all_igw_traffic': String(scheme === 'internal'),
    'load_balancing.cross_zone.enabled': 'true',
    'routing.http.desync_mitigation_mode': 'defensive',
    'routing.http.drop_invalid_header_fields.enabled': 'false',
    'routing.http.preserve_host_header.enabled': 'false',
    'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': 'false',
    'routing.http.xff_client_port.enabled': 'false',
    'routing.http.xff_header_processing.mode': 'append',
    'routing.http2.enabled': 'true',
    'waf.fail_open.enabled': 'false',
    'zonal_shift.config.enabled': 'false',
  }
}

/** The defaults of a new target group of protocol HTTP or HTTPS. */
export function applicationGroupDefaults(protocolVersion: string): Record<string, string> {
  return {
    'deregistration_delay.timeout_seconds': '300',
    'load_balancing.algorithm.anomaly_mitigation': 'off',
    'load_balancing.algorithm.type': 'round_robin',
    'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
    ...(protocolVersion === 'HTTP1' ? {} : { 'routing.http2.rst_stream_error_forwarding.enabled': 'false' }),
    'slow_start.duration_seconds': '0',
    'stickiness.app_cookie.cookie_name': '',
    'stickiness.app_cookie.duration_seconds': '86400',
    'stickiness.enabled': 'false',
    'stickiness.lb_cookie.duration_seconds': '86400',
    'stickiness.type': 'lb_cookie',
    'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
    'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
  }
}

/** Response headers that a listener sets, by the middle of their attribute `routing.http.response.….header_value`. */
export const INSERTED_HEADERS: Readonly<Record<string, string>> = {
  access_control_allow_credentials: 'Access-Control-Allow-Credentials',
  access_control_allow_headers: 'Access-Control-Allow-Headers',
  access_control_allow_methods: 'Access-Control-Allow-Methods',
  access_control_allow_origin: 'Access-Control-Allow-Origin',
  access_control_expose_headers: 'Access-Control-Expose-Headers',
  access_control_max_age: 'Access-Control-Max-Age',
  content_security_policy: 'Content-Security-Policy',
  strict_transport_security: 'Strict-Transport-Security',
  x_content_type_options: 'X-Content-Type-Options',
  x_frame_options: 'X-Frame-Options',
}

/**
 * Request headers that a listener of HTTPS may give another name, by the middle of their attribute
 * `routing.http.request.….header_name`.
 */
export const RENAMED_HEADERS: Readonly<Record<string, string>> = {
  x_amzn_mtls_clientcert: 'X-Amzn-Mtls-Clientcert',
  x_amzn_mtls_clientcert_issuer: 'X-Amzn-Mtls-Clientcert-Issuer',
  x_amzn_mtls_clientcert_leaf: 'X-Amzn-Mtls-Clientcert-Leaf',
  x_amzn_mtls_clientcert_serial_number: 'X-Amzn-Mtls-Clientcert-Serial-Number',
  x_amzn_mtls_clientcert_subject: 'X-Amzn-Mtls-Clientcert-Subject',
  x_amzn_mtls_clientcert_validity: 'X-Amzn-Mtls-Clientcert-Validity',
  x_amzn_tls_cipher_suite: 'X-Amzn-Tls-Cipher-Suite',
  x_amzn_tls_version: 'X-Amzn-Tls-Version',
}

/** The defaults of a new listener of protocol HTTP or HTTPS. */
export function applicationListenerDefaults(protocol: string): Record<string, string> {
  const inserted = Object.keys(INSERTED_HEADERS)
    .filter((name) => protocol === 'HTTPS' || name !== 'strict_transport_security')
    .map((name) => [`routing.http.response.${name}.header_value`, ''] as const)
  const renamed = Object.keys(RENAMED_HEADERS)
    .filter(() => protocol === 'HTTPS')
    .map((name) => [`routing.http.request.${name}.header_name`, ''] as const)
  return { ...Object.fromEntries([...renamed, ...inserted]), 'routing.http.response.server.enabled': 'true' }
}

const isSwitch = oneOf('true', 'false')

/** What a value must be, by key: the text is that of ELBv2 after the name. */
const VALUES: Readonly<Record<string, (value: string) => string | undefined>> = {
  'idle_timeout.timeout_seconds': between(1, 4000),
  'client_keep_alive.seconds': between(60, 604_800),
  'deletion_protection.enabled': isSwitch,
  'access_logs.s3.enabled': isSwitch,
  'connection_logs.s3.enabled': isSwitch,
  'routing.http.desync_mitigation_mode': oneOf('monitor', 'defensive', 'strictest'),
  'routing.http.drop_invalid_header_fields.enabled': isSwitch,
  'routing.http.preserve_host_header.enabled': isSwitch,
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': isSwitch,
  'routing.http.xff_client_port.enabled': isSwitch,
  'routing.http.xff_header_processing.mode': oneOf('append', 'preserve', 'remove'),
  'routing.http2.enabled': isSwitch,
  'routing.http.response.server.enabled': isSwitch,
  'deregistration_delay.timeout_seconds': between(0, 3600),
  'load_balancing.algorithm.type': oneOf('round_robin', 'least_outstanding_requests', 'weighted_random'),
  'slow_start.duration_seconds': (value) =>
    value === '0' ? undefined : between(30, 900)(value)?.replace("'30-900'", "'30-900' or '0'"),
  'stickiness.enabled': isSwitch,
  'tcp.idle_timeout.seconds': between(60, 6000),
  'load_balancing.cross_zone.enabled': oneOf('true', 'false', 'use_load_balancer_configuration'),
  'deregistration_delay.connection_termination.enabled': isSwitch,
  'preserve_client_ip.enabled': isSwitch,
  'proxy_protocol_v2.enabled': isSwitch,
  'target_health_state.unhealthy.connection_termination.enabled': isSwitch,
  ...Object.fromEntries(
    ['dns_failover', 'unhealthy_state_routing'].flatMap((each) => [
      [`target_group_health.${each}.minimum_healthy_targets.count`, orOff(between(1, 1000))],
      [`target_group_health.${each}.minimum_healthy_targets.percentage`, orOff(between(1, 100))],
    ]),
  ),
  'stickiness.lb_cookie.duration_seconds': between(1, 604_800),
  'stickiness.app_cookie.duration_seconds': between(1, 604_800),
}

/** Why a value does not do for a key; undefined when it does. */
export function valueProblem(key: string, value: string): string | undefined {
  const why = Object.hasOwn(VALUES, key) ? VALUES[key]?.(value) : undefined
  return why && `'${key}' value '${value}' must be ${why}`
}

function between(low: number, high: number) {
  return (value: string): string | undefined =>
    /^\d+$/.test(value) && Number(value) >= low && Number(value) <= high
      ? undefined
      : `between '${low}-${high}' inclusive`
}

function orOff(rule: (value: string) => string | undefined) {
  return (value: string): string | undefined => (value === 'off' ? undefined : rule(value))
}

function oneOf(...values: readonly string[]) {
  return (value: string): string | undefined =>
    values.includes(value) ? undefined : `one of [${values.join(', ')}]`
}
