// Owns bringing the data plane to what the records say: after every change, and for everything after a restart.
import type { ReconcileResult } from '../../../reconcile/controller.ts'
import type { ApplicationPlan } from '../../../network/alb/plan.ts'
import { certificateFor } from '../../../network/tls/terminate.ts'
import type { HealthCheck, LoadBalancerPlan, TargetAddress } from '../../../network/load-balancer.ts'
import { logTargetOf } from './access-logs/log-target.ts'
import { accessLine, connectionLine, tlsLine } from './access-logs/lines.ts'
import { applicationPlanOf, requestSettingsOf } from './application-plan.ts'
import { firstAddress, placeOf, removeInterfaces, syncInterfaces } from './interfaces.ts'
import { certificatesOf } from './lookup.ts'
import { flowSettingsOf, networkPlanOf } from './network-plan.ts'
import {
  pathOf,
  type Elb,
  type LoadBalancerRecord,
  type TargetGroupRecord,
  type TargetRecord,
} from './state.ts'

/** One pass over a load balancer: provisions it, gives the plane its plan, or takes it down where it was deleted. */
export async function reconcileLoadBalancer(elb: Elb, arn: string): Promise<ReconcileResult | undefined> {
  const record = elb.tables.loadBalancers.get(arn)
  if (!record) return undefined
  return record.deleted ? await takeDown(elb, record) : await provision(elb, record)
}

async function provision(elb: Elb, record: LoadBalancerRecord): Promise<ReconcileResult | undefined> {
  await syncInterfaces(elb, placeOf(record))
  const groups = record.loadBalancer.SecurityGroups ?? []
  // Without security groups every client may connect (NLB user guide, "Security groups").
  const admits: LoadBalancerPlan['admits'] = (knock) =>
    groups.length === 0 || elb.ports.ingress.admits(groups, knock)
  if (record.loadBalancer.Type === 'application') {
    await elb.ports.plane.applyApplication({
      ...applicationPlanOf(elb, record),
      admits,
      ...(await applicationLogs(elb, record)),
    })
  } else
    await elb.ports.plane.applyLoadBalancer({
      ...networkPlanOf(elb, record),
      admits,
      ...networkLog(elb, record),
    })
  if (record.loadBalancer.State?.Code !== 'provisioning') return undefined
  const requeueAfterMs = record.dueAtMs - elb.deps.clock.now()
  if (requeueAfterMs > 0) return { requeueAfterMs }
  await elb.tables.loadBalancers.update(record.arn, (current) => ({
    ...current,
    loadBalancer: { ...current.loadBalancer, State: { Code: 'active' } },
  }))
  return undefined
}

async function applicationLogs(
  elb: Elb,
  record: LoadBalancerRecord,
): Promise<Pick<ApplicationPlan, 'log' | 'connectionLog'>> {
  const access = logTargetOf(record, record.attributes, 'access_logs')
  const connections = logTargetOf(record, record.attributes, 'connection_logs')
  if (!access && !connections) return {}
  const ip = (await firstAddress(elb, placeOf(record))) ?? '127.0.0.1'
  const path = pathOf(record.arn)
  return {
    ...(access && { log: (entry) => elb.accessLogs.add({ ...access, ip }, accessLine(entry, path)) }),
    ...(connections && {
      connectionLog: (entry) => elb.accessLogs.add({ ...connections, ip }, connectionLine(entry, path, ip)),
    }),
  }
}

function networkLog(elb: Elb, record: LoadBalancerRecord): Pick<LoadBalancerPlan, 'log'> {
  const target = logTargetOf(record, record.attributes, 'access_logs')
  if (!target) return {}
  return {
    log(entry) {
      const listener = elb.tables.listeners.get(entry.listenerArn)
      const certificates = listener ? certificatesOf(elb, listener) : []
      const chosen = certificateFor(certificates, entry.serverName)
      elb.accessLogs.add(target, tlsLine(entry, pathOf(record.arn), chosen?.arn))
    },
  }
}

async function takeDown(elb: Elb, record: LoadBalancerRecord): Promise<undefined> {
  await elb.ports.plane.removeLoadBalancer(record.arn)
  await removeInterfaces(elb, placeOf(record))
  await elb.tables.loadBalancers.delete(record.arn)
}

/** Gives the plane the targets and the health check of a group. */
export function reconcileTargetGroup(elb: Elb, arn: string): void {
  const record = elb.tables.targetGroups.get(arn)
  if (record) applyGroup(elb, record)
  else elb.ports.plane.removeTargetGroup(arn)
}

function applyGroup(elb: Elb, record: TargetGroupRecord): void {
  const requests = requestSettingsOf(record)
  elb.ports.plane.applyTargetGroup({
    arn: record.arn,
    vpcId: record.targetGroup.VpcId ?? '',
    targets: record.targets.map((target) => addressOf(elb, target)),
    healthCheck: healthCheckOf(record),
    deregistrationDelaySeconds: Number(record.attributes['deregistration_delay.timeout_seconds']),
    ...(record.attributes['proxy_protocol_v2.enabled'] === 'true' && { proxyProtocol: 2 as const }),
    ...(requests ? { requests } : { flows: flowSettingsOf(record) }),
  })
}

function addressOf(elb: Elb, { id, ip, port, actualZone }: TargetRecord): TargetAddress {
  const balancer = elb.tables.loadBalancers.get(id)?.loadBalancer
  return { ip, port, zone: actualZone, ...(balancer?.DNSName !== undefined && { host: balancer.DNSName }) }
}

function healthCheckOf({ targetGroup }: TargetGroupRecord): HealthCheck {
  const protocol = targetGroup.HealthCheckProtocol
  return {
    protocol: protocol === 'HTTP' || protocol === 'HTTPS' ? protocol : 'TCP',
    port: targetGroup.HealthCheckPort ?? 'traffic-port',
    path: targetGroup.HealthCheckPath ?? '/',
    intervalSeconds: targetGroup.HealthCheckIntervalSeconds ?? 30,
    timeoutSeconds: targetGroup.HealthCheckTimeoutSeconds ?? 10,
    healthyThreshold: targetGroup.HealthyThresholdCount ?? 5,
    unhealthyThreshold: targetGroup.UnhealthyThresholdCount ?? 2,
    successCodes: targetGroup.Matcher?.HttpCode ?? targetGroup.Matcher?.GrpcCode ?? '200-399',
  }
}
