// Owns bringing the data plane to what the records say: after every change, and for everything after a restart.
import type { Controller } from '../../../reconcile/controller.ts'
import { tableSource } from '../../../reconcile/table-source.ts'
import { removeInterfaces, syncInterfaces, type Placed } from '../elbv2/interfaces.ts'
import { readsRequests } from './listeners.ts'
import { connectionsPlan, groupsOf, requestsPlan } from './plan.ts'
import { classicArn, type ClassicElb, type ClassicRecord } from './state.ts'

/** What the data plane was told last. */
interface Applied {
  readonly groups: readonly string[]
  readonly isForRequests: boolean
}

/** Gives the plane the plans of load balancers and takes down those that were deleted. Keys are names. */
export function classicController(elb: ClassicElb): Controller {
  const applied = new Map<string, Applied>()
  return {
    name: 'elb-load-balancer',
    sources: [tableSource(elb.balancers)],
    concurrency: 4,
    reconcile: async (name) => {
      const record = elb.balancers.get(name)
      if (!record) return
      if (!record.deleted) return void applied.set(name, await apply(elb, record, applied.get(name)))
      await elb.ports.plane.removeLoadBalancer(classicArn(elb.deps, name))
      for (const arn of applied.get(name)?.groups ?? []) elb.ports.plane.removeTargetGroup(arn)
      applied.delete(name)
      await removeInterfaces(elb, placeOf(record))
      await elb.balancers.delete(name)
    },
  }
}

async function apply(elb: ClassicElb, record: ClassicRecord, before: Applied | undefined): Promise<Applied> {
  const { plane, ingress } = elb.ports
  await syncInterfaces(elb, placeOf(record))
  const groups = groupsOf(elb, record)
  for (const group of groups) plane.applyTargetGroup(group)
  const isForRequests = record.listeners.some(readsRequests)
  if (before && before.isForRequests !== isForRequests) {
    await plane.removeLoadBalancer(classicArn(elb.deps, record.name))
  }
  const admits = (knock: Parameters<typeof ingress.admits>[1]): boolean =>
    ingress.admits(record.securityGroups, knock)
  await (isForRequests
    ? plane.applyApplication({ ...requestsPlan(elb, record), admits })
    : plane.applyLoadBalancer({ ...connectionsPlan(elb, record), admits }))
  const arns = groups.map(({ arn }) => arn)
  for (const arn of before?.groups ?? []) if (!arns.includes(arn)) plane.removeTargetGroup(arn)
  return { groups: arns, isForRequests }
}

function placeOf({ name, subnets, securityGroups }: ClassicRecord): Placed {
  return {
    description: `ELB ${name}`,
    AvailabilityZones: subnets.map(({ id, zone }) => ({ SubnetId: id, ZoneName: zone })),
    SecurityGroups: [...securityGroups],
  }
}
