// Owns what the data plane is told of a Classic Load Balancer and its instances, out of the record.
import type * as alb from '../../../network/alb/plan.ts'
import type {
  HealthCheck,
  ListenerPlan,
  LoadBalancerPlan,
  TargetGroupPlan,
} from '../../../network/load-balancer.ts'
import type { TlsCertificate } from '../../../network/tls/terminate.ts'
import { backendPolicy, sslPolicy } from '../../../rules/load-balancer/ssl-policies.ts'
import { readTarget } from './health-check.ts'
import { readsRequests, SSL_POLICY } from './listeners.ts'
import { classicArn, type ClassicElb, type ClassicListener, type ClassicRecord } from './state.ts'

const POLICY = sslPolicy(SSL_POLICY) ?? { name: SSL_POLICY, protocols: [], ciphers: [] }

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
    proxyProtocolV2: false,
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
            fewestForRouting: NONE,
          },
        }),
  }
}

function checkOf({ healthCheck }: ClassicRecord): HealthCheck {
  const { protocol, port, path } = readTarget(healthCheck.Target ?? '')
  return {
    protocol: protocol === 'SSL' ? 'TCP' : protocol,
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

/** One whose listeners carry connections; all but whom the security groups let in. */
export function connectionsPlan(elb: ClassicElb, record: ClassicRecord): Omit<LoadBalancerPlan, 'admits'> {
  const { attributes, listeners } = record
  return {
    ...standing(elb, record),
    crossZone: attributes.CrossZoneLoadBalancing?.Enabled === true,
    listeners: listeners.map((listener): ListenerPlan => {
      const { port, protocol } = listener
      const at = {
        arn: listenerArn(elb, record, port),
        port,
        groups: [{ arn: groupArn(elb, record, listener), weight: 1 }],
        idleTimeoutSeconds: idleSeconds(record),
      }
      if (protocol !== 'SSL') return { ...at, protocol: 'TCP' }
      const backend = backendPolicy(POLICY)
      return {
        ...at,
        protocol: 'TLS',
        tls: { certificates: certificatesOf(elb, listener), policy: POLICY, alpn: [] },
        ...(backend && { backend }),
      }
    }),
  }
}

/** One whose listeners read requests; all but whom the security groups let in. */
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
    },
    listeners: listeners.map((listener): alb.ApplicationListener => {
      const { port, protocol } = listener
      const groups = [{ arn: groupArn(elb, record, listener), weight: 1 }]
      return {
        arn: listenerArn(elb, record, port),
        port,
        protocol: protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
        rules: [{ conditions: [], action: { kind: 'forward', groups }, transforms: [] }],
        certificates: certificatesOf(elb, listener),
        ...(protocol === 'HTTPS' && { tlsPolicy: POLICY }),
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
