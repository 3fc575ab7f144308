// Owns RegisterTargets: each target is looked up once, so that the data plane gets addresses.
import { isIP } from 'node:net'

import type {
  RegisterTargetsInput,
  RegisterTargetsOutput,
  TargetDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { canonicalIp } from '../../../../base/address-range.ts'
import { AwsError } from '../../../../base/errors.ts'
import { operation } from '../../../protocol/operation.ts'
import { validationError } from '../errors.ts'
import { findTargetGroup, listenersOf } from '../lookup.ts'
import type { Elb, TargetGroupRecord, TargetRecord } from '../state.ts'
import { findInstance, isInVpc, zoneOfAddress } from '../vpc.ts'

/** @throws AwsError TargetGroupNotFound, InvalidTarget, TooManyTargets, ValidationError */
export const registerTargets = operation<Elb, RegisterTargetsInput, RegisterTargetsOutput>()({
  honours: ['TargetGroupArn', 'Targets[].Id', 'Targets[].Port', 'Targets[].AvailabilityZone'],
  handle: async (input, elb) => {
    const group = findTargetGroup(elb, input.TargetGroupArn)
    const targets: TargetRecord[] = []
    for (const target of input.Targets ?? []) targets.push(await resolve(elb, group, target))
    await elb.deps.store.transact((tx) => {
      const current = findTargetGroup(elb, group.arn)
      const others = current.targets.filter((old) => !targets.some((target) => isSameTarget(old, target)))
      const all = [...others, ...targets]
      if (current.targetGroup.TargetType === 'alb') checkOne(all)
      elb.tables.targetGroups.putIn(tx, group.arn, { ...current, targets: all })
    })
    return {}
  },
})

type Target = Pick<TargetDescription, 'Id' | 'Port' | 'AvailabilityZone'>

/** True when both name the same target: a target is an id and a port. */
export function isSameTarget(a: { id: string; port: number }, b: { id: string; port: number }): boolean {
  return a.id === b.id && a.port === b.port
}

async function resolve(elb: Elb, group: TargetGroupRecord, target: Target): Promise<TargetRecord> {
  const id = target.Id ?? ''
  const port = target.Port ?? group.targetGroup.Port ?? 0
  const base = { id, port, ...(target.AvailabilityZone ? { zone: target.AvailabilityZone } : {}) }
  if (group.targetGroup.TargetType === 'alb') {
    return { ...base, ...resolveBalancer(elb, group, { id, port }) }
  }
  return group.targetGroup.TargetType === 'instance'
    ? { ...base, ...(await resolveInstance(elb, group, id)) }
    : { ...base, ...(await resolveAddress(elb, group, target)) }
}

// "You can register a single Application Load Balancer with each target group" (NLB user guide, "Use Application Load
// Balancers as targets").
function checkOne(targets: readonly TargetRecord[]): void {
  if (targets.length > 1) {
    throw new AwsError('TooManyTargets', "You've reached the limit on the number of targets per target group")
  }
}

// "The Application Load Balancer must have at least one listener whose port matches the target group port."
function resolveBalancer(
  elb: Elb,
  group: TargetGroupRecord,
  { id, port }: { readonly id: string; readonly port: number },
): { ip: string; actualZone: string } {
  const balancer = elb.tables.loadBalancers.get(id)
  const isFit =
    balancer?.deleted === false &&
    balancer.loadBalancer.Type === 'application' &&
    balancer.loadBalancer.VpcId === group.targetGroup.VpcId &&
    listenersOf(elb, id).some(({ listener }) => listener.Port === port)
  if (!isFit) throw new AwsError('InvalidTarget', `The following targets are not valid: '${id}'`)
  return { ip: id, actualZone: 'all' }
}

async function resolveInstance(
  elb: Elb,
  group: TargetGroupRecord,
  id: string,
): Promise<{ ip: string; actualZone: string }> {
  if (!id.startsWith('i-')) throw validationError(`Instance ID '${id}' is not valid`)
  const instance = await findInstance(elb, id)
  if (!instance) throw new AwsError('InvalidTarget', `The following targets are not valid: '${id}'`)
  if (instance.vpcId !== group.targetGroup.VpcId) {
    throw new AwsError(
      'InvalidTarget',
      `The following targets are not in the target group VPC '${group.targetGroup.VpcId}': '${id}'`,
    )
  }
  if (instance.state !== 'running') {
    throw new AwsError(
      'InvalidTarget',
      `The following targets are not in a running state and cannot be registered: '${id}'`,
    )
  }
  return { ip: instance.ip, actualZone: instance.zone }
}

// API reference, TargetDescription: an address outside the VPC needs AvailabilityZone `all`. The load balancer
// controller looks for this wording and tries again with a zone.
async function resolveAddress(
  elb: Elb,
  group: TargetGroupRecord,
  target: Target,
): Promise<{ ip: string; actualZone: string }> {
  const isSix = group.targetGroup.IpAddressType === 'ipv6'
  const ip = canonicalIp(target.Id ?? '')
  if (isIP(ip) !== (isSix ? 6 : 4)) {
    throw validationError(`The IP address '${ip}' is not a valid ${isSix ? 'IPv6' : 'IPv4'} address`)
  }
  const vpcId = group.targetGroup.VpcId ?? ''
  if (await isInVpc(elb, vpcId, ip)) {
    return { ip, actualZone: (await zoneOfAddress(elb, vpcId, ip)) ?? target.AvailabilityZone ?? 'all' }
  }
  if (isSix) throw validationError(`The IP address '${ip}' is outside the VPC '${vpcId}'`)
  if (!target.AvailabilityZone) {
    throw validationError(
      `The IP address '${ip}' is outside the VPC '${vpcId}'; you must specify an Availability Zone`,
    )
  }
  return { ip, actualZone: target.AvailabilityZone }
}
