// Owns what the data plane is told of an Application Load Balancer, out of the records.
import type { Action, RuleCondition, RuleTransform } from '@aws-sdk/client-elastic-load-balancing-v2'

import type * as plan from '../../../network/alb/plan.ts'
import { INSERTED_HEADERS, RENAMED_HEADERS } from '../../../rules/load-balancer/application-attributes.ts'
import type { Attributes } from '../../../rules/load-balancer/attributes.ts'
import { sslPolicy } from '../../../rules/load-balancer/ssl-policies.ts'
import { clientCertificatesOf } from './listeners/mutual-authentication.ts'
import { certificatesOf, listenersOf, rulesOf } from './lookup.ts'
import type { Elb, ListenerRecord, LoadBalancerRecord, TargetGroupRecord } from './state.ts'

/** All but whom the security groups let in. */
export function applicationPlanOf(
  elb: Elb,
  record: LoadBalancerRecord,
): Omit<plan.ApplicationPlan, 'admits' | 'log'> {
  return {
    arn: record.arn,
    dnsName: record.loadBalancer.DNSName ?? '',
    vpcId: record.loadBalancer.VpcId ?? '',
    zones: (record.loadBalancer.AvailabilityZones ?? []).map((zone) => zone.ZoneName ?? ''),
    settings: settingsOf(record.attributes),
    listeners: listenersOf(elb, record.arn).map((listener) => listenerOf(elb, listener)),
  }
}

/** What requests find in a target group; undefined for one of a Network Load Balancer. */
export function requestSettingsOf({
  targetGroup,
  attributes,
}: TargetGroupRecord): plan.RequestSettings | undefined {
  const { Protocol, ProtocolVersion } = targetGroup
  if (Protocol !== 'HTTP' && Protocol !== 'HTTPS') return undefined
  const algorithm = attributes['load_balancing.algorithm.type']
  return {
    protocol: Protocol,
    version: ProtocolVersion === 'HTTP2' || ProtocolVersion === 'GRPC' ? ProtocolVersion : 'HTTP1',
    algorithm:
      algorithm === 'least_outstanding_requests' || algorithm === 'weighted_random'
        ? algorithm
        : 'round_robin',
    slowStartSeconds: Number(attributes['slow_start.duration_seconds']),
    stickiness: stickinessOf(attributes),
  }
}

function stickinessOf(attributes: Attributes): plan.RequestSettings['stickiness'] {
  if (attributes['stickiness.enabled'] !== 'true') return { kind: 'none' }
  if (attributes['stickiness.type'] === 'app_cookie') {
    const seconds = Number(attributes['stickiness.app_cookie.duration_seconds'])
    return { kind: 'app_cookie', seconds, cookie: attributes['stickiness.app_cookie.cookie_name'] ?? '' }
  }
  return { kind: 'lb_cookie', seconds: Number(attributes['stickiness.lb_cookie.duration_seconds']) }
}

function settingsOf(attributes: Attributes): plan.HttpSettings {
  const isOn = (key: string): boolean => attributes[`routing.${key}.enabled`] === 'true'
  const mode = attributes['routing.http.desync_mitigation_mode']
  const forwarded = attributes['routing.http.xff_header_processing.mode']
  return {
    idleTimeoutSeconds: Number(attributes['idle_timeout.timeout_seconds']),
    keepAliveSeconds: Number(attributes['client_keep_alive.seconds']),
    desyncMode: mode === 'monitor' || mode === 'strictest' ? mode : 'defensive',
    isDroppingInvalidHeaders: isOn('http.drop_invalid_header_fields'),
    isPreservingHost: isOn('http.preserve_host_header'),
    hasTlsHeaders: isOn('http.x_amzn_tls_version_and_cipher_suite'),
    hasClientPort: isOn('http.xff_client_port'),
    forwardedFor: forwarded === 'preserve' || forwarded === 'remove' ? forwarded : 'append',
    isHttp2Enabled: isOn('http2'),
  }
}

function listenerOf(elb: Elb, record: ListenerRecord): plan.ApplicationListener {
  const { arn, listener, attributes } = record
  const rules = rulesOf(elb, arn).map((rule) => ({
    conditions: rule.conditions.map(conditionOf),
    action: actionOf(rule.actions),
    transforms: rule.transforms.flatMap(transformOf),
    priority: rule.priority,
  }))
  const tlsPolicy = sslPolicy(listener.SslPolicy ?? '')
  const clientCertificates = clientCertificatesOf(elb, listener)
  return {
    arn,
    port: listener.Port ?? 0,
    protocol: listener.Protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    rules: [...rules, { conditions: [], action: actionOf(listener.DefaultActions ?? []), transforms: [] }],
    certificates: certificatesOf(elb, record),
    ...(tlsPolicy && { tlsPolicy }),
    ...(clientCertificates && { clientCertificates }),
    insertedHeaders: insertedOf(attributes),
    renamedHeaders: renamedOf(attributes),
    hasServerHeader: attributes['routing.http.response.server.enabled'] !== 'false',
  }
}

function insertedOf(attributes: Attributes): Record<string, string> {
  const entries = Object.entries(INSERTED_HEADERS).flatMap(([name, header]): [string, string][] => {
    const value = attributes[`routing.http.response.${name}.header_value`] ?? ''
    return value === '' ? [] : [[header, value]]
  })
  return Object.fromEntries(entries)
}

function renamedOf(attributes: Attributes): Record<string, string> {
  const entries = Object.entries(RENAMED_HEADERS).flatMap(([name, header]): [string, string][] => {
    const value = attributes[`routing.http.request.${name}.header_name`] ?? ''
    return value === '' ? [] : [[header.toLowerCase(), value]]
  })
  return Object.fromEntries(entries)
}

// What CreateRule has taken: one config for each field.
function conditionOf(condition: RuleCondition): plan.Condition {
  const { HostHeaderConfig: host, PathPatternConfig: path, HttpHeaderConfig: header } = condition
  if (path?.RegexValues) return { kind: 'path-regex', values: path.RegexValues }
  if (path) return { kind: 'path', values: path.Values ?? [] }
  if (host?.RegexValues) return { kind: 'host-regex', values: host.RegexValues }
  if (host) return { kind: 'host', values: host.Values ?? [] }
  if (header) {
    const name = header.HttpHeaderName ?? ''
    return header.RegexValues
      ? { kind: 'header-regex', name, values: header.RegexValues }
      : { kind: 'header', name, values: header.Values ?? [] }
  }
  const { HttpRequestMethodConfig: method, QueryStringConfig: query, SourceIpConfig: source } = condition
  if (method) return { kind: 'method', values: method.Values ?? [] }
  if (source) return { kind: 'source-ip', values: source.Values ?? [] }
  return {
    kind: 'query',
    values: (query?.Values ?? []).map(({ Key, Value = '' }) => ({
      ...(Key === undefined ? {} : { key: Key }),
      value: Value,
    })),
  }
}

function actionOf([action]: readonly Action[]): plan.Action {
  const { FixedResponseConfig: fixed, RedirectConfig: redirect, ForwardConfig: forward } = action ?? {}
  if (fixed) {
    const { StatusCode, ContentType = 'text/plain', MessageBody = '' } = fixed
    return { kind: 'fixed-response', status: Number(StatusCode), contentType: ContentType, body: MessageBody }
  }
  if (redirect) {
    return {
      kind: 'redirect',
      protocol: redirect.Protocol ?? '#{protocol}',
      host: redirect.Host ?? '#{host}',
      port: redirect.Port ?? '#{port}',
      path: redirect.Path ?? '/#{path}',
      query: redirect.Query ?? '#{query}',
      status: redirect.StatusCode === 'HTTP_301' ? 301 : 302,
    }
  }
  const sticky = forward?.TargetGroupStickinessConfig
  return {
    kind: 'forward',
    groups: (forward?.TargetGroups ?? []).map(({ TargetGroupArn = '', Weight = 1 }) => ({
      arn: TargetGroupArn,
      weight: Weight,
    })),
    ...(sticky?.Enabled ? { groupStickinessSeconds: sticky.DurationSeconds ?? 3600 } : {}),
  }
}

function transformOf({ Type, HostHeaderRewriteConfig, UrlRewriteConfig }: RuleTransform): plan.Transform[] {
  const kind = Type === 'host-header-rewrite' ? 'host' : 'url'
  const { Rewrites = [] } = HostHeaderRewriteConfig ?? UrlRewriteConfig ?? {}
  return Rewrites.map(({ Regex = '', Replace = '' }) => ({ kind, regex: Regex, replace: Replace }))
}
