// Owns what the data plane is told of a Classic Load Balancer and its instances, out of the record.
import type * as alb from '../../../network/alb/plan.ts'
import type {
  HealthCheck,
  ListenerPlan,
  LoadBalancerPlan,
  TargetGroupPlan,
} from '../../../network/load-balancer.ts'
import type { TlsCertificate, TlsPolicy } from '../../../network/tls/terminate.ts'
import { CLASSIC_DEFAULT, classicTls } from '../../../rules/load-balancer/classic-tls.ts'
import { sslPolicy } from '../../../rules/load-balancer/ssl-policies.ts'
import { readTarget } from './health-check.ts'
import {
  APP_COOKIE,
  BACKEND_AUTHENTICATION,
  LB_COOKIE,
  PROXY_PROTOCOL,
  SSL_NEGOTIATION,
} from './policies/policy-types.ts'
import { readsRequests } from './protocols.ts'
import {
  classicArn,
  type ClassicElb,
  type ClassicListener,
  type ClassicPolicy,
  type ClassicRecord,
} from './state.ts'

// No healthy instance: no connection, and 503 for requests; a Classic Load Balancer does not fail open.
const NONE = { count: 0 }

/** The instances of a load balancer as one target group for each port and protocol that listeners send to. */
export function groupsOf(elb: ClassicElb, record: ClassicRecord): TargetGroupPlan[] {
  const byArn = new Map(record.listeners.map((listener) => [groupArn(elb, record, listener), listener]))
  return [...byArn].map(([arn, listener]) => groupOf(arn, record, listener))
}

function groupArn(elb: ClassicElb, { name }: ClassicRecord, listener: ClassicListener): string {
  return `${classicArn(elb.deps, name)}/${listener.instanceProtocol}:${listener.instancePort}`
}

function groupOf(arn: string, record: ClassicRecord, listener: ClassicListener): TargetGroupPlan {
  const { attributes, instances, vpcId } = record
  const { ConnectionDraining: draining, CrossZoneLoadBalancing: crossZone } = attributes
  const { instancePort, instanceProtocol } = listener
  return {
    arn,
    vpcId,
    targets: instances.map(({ ip, zone }) => ({ ip, zone, port: instancePort })),
    healthCheck: checkOf(record),
    deregistrationDelaySeconds: draining?.Enabled === true ? (draining.Timeout ?? 300) : 0,
    ...backendSettings(record, instancePort),
    ...(readsRequests(listener)
      ? {
          requests: {
            protocol: instanceProtocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
            version: 'HTTP1',
            // User guide, "How Elastic Load Balancing works": least outstanding requests for HTTP and HTTPS listeners.
            algorithm: 'least_outstanding_requests',
            slowStartSeconds: 0,
            stickiness: { kind: 'none' },
            failsClosed: true,
          },
        }
      : {
          flows: {
            isTls: instanceProtocol === 'SSL',
            crossZone: crossZone?.Enabled === true,
            endsDeregistered: true,
            // "When connection draining is disabled, any in-flight requests made to instances that are de-registering or
            // unhealthy are not completed" (user guide, "Configure connection draining").
            endsUnhealthy: draining?.Enabled !== true,
            fewestForRouting: NONE,
          },
        }),
  }
}

function checkOf({ healthCheck }: ClassicRecord): HealthCheck {
  const { protocol, port, path } = readTarget(healthCheck.Target ?? '')
  return {
    protocol,
    userAgent: 'ELB-HealthChecker/1.0',
    port: String(port),
    path,
    intervalSeconds: healthCheck.Interval ?? 30,
    timeoutSeconds: healthCheck.Timeout ?? 5,
    healthyThreshold: healthCheck.HealthyThreshold ?? 10,
    unhealthyThreshold: healthCheck.UnhealthyThreshold ?? 2,
    // "Any response code other than 200 is a failure" (user guide, "Configure health checks").
    successCodes: '200',
  }
}

/** The policies of a type among names. */
function policiesOf(
  { policies }: ClassicRecord,
  names: readonly string[],
  type: string,
): readonly ClassicPolicy[] {
  return policies.filter((policy) => policy.type === type && names.includes(policy.name))
}

// What listens at a port of the instances.
function backendSettings(
  record: ClassicRecord,
  port: number,
): Pick<TargetGroupPlan, 'proxyProtocol' | 'trustedKeys'> {
  const names = record.backends.find((backend) => backend.port === port)?.policies ?? []
  const isProxied = policiesOf(record, names, PROXY_PROTOCOL).some(
    ({ attributes }) => attributes[0]?.value === 'true',
  )
  const authentications = policiesOf(record, names, BACKEND_AUTHENTICATION)
  const keyPolicies = authentications.flatMap(({ attributes }) => attributes.map(({ value }) => value))
  const keys = record.policies
    .filter(({ name }) => keyPolicies.includes(name))
    // As base64, with or without the lines and the frame of PEM.
    .map(({ attributes }) => (attributes[0]?.value ?? '').replace(/-----[^-]+-----|\s/g, ''))
  return {
    ...(isProxied && { proxyProtocol: 1 as const }),
    ...(authentications.length > 0 && { trustedKeys: keys }),
  }
}

function tlsPolicyOf(record: ClassicRecord, listener: ClassicListener): TlsPolicy {
  const [policy] = policiesOf(record, listener.policies, SSL_NEGOTIATION)
  const named = (policy?.attributes ?? []).map(({ name, value }) => [name, value])
  return classicTls(Object.fromEntries(named))
}

function stickinessOf(
  record: ClassicRecord,
  { policies }: ClassicListener,
): alb.ClassicStickiness | undefined {
  const [byApplication] = policiesOf(record, policies, APP_COOKIE)
  if (byApplication) return { kind: 'application', cookie: byApplication.attributes[0]?.value ?? '' }
  const [byBalancer] = policiesOf(record, policies, LB_COOKIE)
  if (!byBalancer) return undefined
  const seconds = byBalancer.attributes[0]?.value
  return { kind: 'load-balancer', ...(seconds !== undefined && { seconds: Number(seconds) }) }
}

const carries = (listener: ClassicListener): boolean => !readsRequests(listener)

/** The listeners that carry connections; all but whom the security groups let in. */
export function connectionsPlan(elb: ClassicElb, record: ClassicRecord): Omit<LoadBalancerPlan, 'admits'> {
  const { attributes, listeners } = record
  return {
    ...standing(elb, record),
    crossZone: attributes.CrossZoneLoadBalancing?.Enabled === true,
    listeners: listeners.filter(carries).map((listener): ListenerPlan => {
      const { port, protocol } = listener
      const at = {
        arn: listenerArn(elb, record, port),
        port,
        groups: [{ arn: groupArn(elb, record, listener), weight: 1 }],
        idleTimeoutSeconds: idleSeconds(record),
      }
      const backend = sslPolicy(CLASSIC_DEFAULT)
      const back = { ...at, ...(backend && { backend }) }
      if (protocol !== 'SSL') return { ...back, protocol: 'TCP' }
      const tls = {
        certificates: certificatesOf(elb, listener),
        policy: tlsPolicyOf(record, listener),
        alpn: [],
      }
      return { ...back, protocol: 'TLS', tls }
    }),
  }
}

/** The listeners that read requests; all but whom the security groups let in. */
export function requestsPlan(elb: ClassicElb, record: ClassicRecord): Omit<alb.ApplicationPlan, 'admits'> {
  const { vpcId, listeners, attributes } = record
  const mode = attributes.AdditionalAttributes?.[0]?.Value
  return {
    ...standing(elb, record),
    vpcId,
    settings: {
      idleTimeoutSeconds: idleSeconds(record),
      keepAliveSeconds: KEEP_ALIVE_SECONDS,
      desyncMode: mode === 'monitor' || mode === 'strictest' ? mode : 'defensive',
      isDroppingInvalidHeaders: false,
      isPreservingHost: true,
      hasTlsHeaders: false,
      hasClientPort: false,
      forwardedFor: 'append',
      isHttp2Enabled: false,
      hasTraceId: false,
      isZonal: attributes.CrossZoneLoadBalancing?.Enabled !== true,
    },
    listeners: listeners.filter(readsRequests).map((listener): alb.ApplicationListener => {
      const { port, protocol } = listener
      const groups = [{ arn: groupArn(elb, record, listener), weight: 1 }]
      const stickiness = stickinessOf(record, listener)
      const action = {
        kind: 'forward' as const,
        groups,
        ...(stickiness && { classicStickiness: stickiness }),
      }
      return {
        arn: listenerArn(elb, record, port),
        port,
        protocol: protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
        rules: [{ conditions: [], action, transforms: [] }],
        certificates: certificatesOf(elb, listener),
        ...(protocol === 'HTTPS' && { tlsPolicy: tlsPolicyOf(record, listener) }),
        insertedHeaders: {},
        hasServerHeader: true,
      }
    }),
  }
}

// Clients are let go by the idle time-out; a Classic Load Balancer knows no other.
const KEEP_ALIVE_SECONDS = 604_800

function standing(elb: ClassicElb, { name, dnsName, subnets }: ClassicRecord) {
  return { arn: classicArn(elb.deps, name), dnsName, zones: subnets.map(({ zone }) => zone) }
}

function idleSeconds({ attributes }: ClassicRecord): number {
  return attributes.ConnectionSettings?.IdleTimeout ?? 60
}

/** What the data plane calls a listener. */
export function listenerArn(elb: ClassicElb, { name }: Pick<ClassicRecord, 'name'>, port: number): string {
  return `${classicArn(elb.deps, name)}/${port}`
}

function certificatesOf({ ports }: ClassicElb, { certificateArn: arn }: ClassicListener): TlsCertificate[] {
  if (arn === undefined) return []
  const found = ports.certificates?.find(arn)
  return found ? [{ arn, ...found }] : []
}
