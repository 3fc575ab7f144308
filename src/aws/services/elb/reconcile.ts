// Owns bringing the data plane to what the records say: after every change, and for everything after a restart.
import { firstAddress, removeInterfaces, syncInterfaces, type Placed } from '../elbv2/interfaces.ts'
import { connectionLine, logTargetOf, requestLine } from './access-log.ts'
import { connectionsPlan, groupsOf, requestsPlan } from './plan.ts'
import { classicArn, type ClassicElb, type ClassicRecord } from './state.ts'

/**
 * One pass over a load balancer: gives the plane its plans, or takes it down where it was deleted.
 * @param applied by name, the ARNs of the groups that the plane was told of last; kept here
 */
export async function reconcileClassic(
  elb: ClassicElb,
  name: string,
  applied: Map<string, readonly string[]>,
): Promise<void> {
  const record = elb.balancers.get(name)
  if (!record) return
  const before = applied.get(name) ?? []
  if (!record.deleted) return void applied.set(name, await apply(elb, record, before))
  await elb.ports.plane.removeLoadBalancer(classicArn(elb.deps, name))
  for (const arn of before) elb.ports.plane.removeTargetGroup(arn)
  applied.delete(name)
  await removeInterfaces(elb, placeOf(record))
  await elb.balancers.delete(name)
}

async function apply(
  elb: ClassicElb,
  record: ClassicRecord,
  before: readonly string[],
): Promise<readonly string[]> {
  const { plane, ingress } = elb.ports
  await syncInterfaces(elb, placeOf(record))
  const groups = groupsOf(elb, record)
  for (const group of groups) plane.applyTargetGroup(group)
  const admits = (knock: Parameters<typeof ingress.admits>[1]): boolean =>
    ingress.admits(record.securityGroups, knock)
  const { forConnections, forRequests } = await logsOf(elb, record)
  await plane.applyClassic(
    { ...connectionsPlan(elb, record), admits, ...forConnections },
    { ...requestsPlan(elb, record), admits, ...forRequests },
  )
  const arns = groups.map(({ arn }) => arn)
  for (const arn of before) if (!arns.includes(arn)) plane.removeTargetGroup(arn)
  return arns
}

async function logsOf(elb: ClassicElb, record: ClassicRecord) {
  const { name, attributes } = record
  const target = logTargetOf(elb, record, attributes)
  if (!target) return {}
  const { accessLogs } = elb
  const ip = (await firstAddress(elb, placeOf(record))) ?? '127.0.0.1'
  const add = (line: string): void => accessLogs.add({ ...target, ip }, line)
  return {
    forConnections: {
      isLoggingPlain: true,
      log: (entry: Parameters<typeof connectionLine>[0]) => add(connectionLine(entry, name)),
    },
    forRequests: { log: (entry: Parameters<typeof requestLine>[0]) => add(requestLine(entry, name)) },
  }
}

function placeOf({ name, subnets, securityGroups }: ClassicRecord): Placed {
  return {
    description: `ELB ${name}`,
    AvailabilityZones: subnets.map(({ id, zone }) => ({ SubnetId: id, ZoneName: zone })),
    SecurityGroups: [...securityGroups],
  }
}
