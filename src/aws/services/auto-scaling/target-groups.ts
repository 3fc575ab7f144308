// Owns the target groups of a group: attaching them, registering the instances there, and what their health says.
// Source: API_AttachLoadBalancerTargetGroups, API_LoadBalancerTargetGroupState, API_DescribeLoadBalancerTargetGroups.
import type { DescribeInstancesResult, Instance } from '@aws-sdk/client-ec2'
import type {
  DescribeTargetGroupsOutput,
  DescribeTargetHealthOutput,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { isAwsCode } from '../../../base/errors.ts'
import { GROUP_TAG, terminate } from './fleet.ts'
import { type Attachment, type AutoScalingState, type GroupRecord, validationError } from './state.ts'

/** As DescribeLoadBalancerTargetGroups and DescribeTrafficSources show it. */
export interface AttachedTargetGroup {
  readonly arn: string
  readonly state: 'Adding' | 'Added' | 'InService' | 'Removing'
}

/**
 * Sees that there are such target groups, and that instances can be their targets.
 * @throws AwsError ValidationError (words: kube-ingress-aws-controller#254, hashicorp/terraform#18674)
 */
export async function checkTargetGroups(state: AutoScalingState, arns: readonly string[]): Promise<void> {
  if (arns.length === 0) return
  const { TargetGroups = [] } = await state.deps.caller
    .call<DescribeTargetGroupsOutput>('elbv2', 'DescribeTargetGroups', { TargetGroupArns: arns })
    .catch((error: unknown) => {
      if (!isAwsCode(error, 'TargetGroupNotFound', 'ValidationError')) throw error
      throw validationError(
        'Provided Target Groups may not be valid. Please ensure they exist and try again.',
      )
    })
  const unfit = TargetGroups.find(({ TargetType }) => TargetType !== 'instance')
  if (!unfit) return
  throw validationError(
    `Provided Target Group '${unfit.TargetGroupArn}' has invalid target type. Please ensure all provided Target Groups have target type of instance.`,
  )
}

/** A group with target groups in addition, those that it has already as they are. */
export function withTargetGroups(
  group: GroupRecord,
  arns: readonly string[],
  attachment: Attachment,
): GroupRecord {
  const present = attachedTo(group)
  const added = arns.filter((arn) => !present.includes(arn)).map((arn) => [arn, attachment] as const)
  return { ...group, targetGroups: { ...group.targetGroups, ...Object.fromEntries(added) } }
}

/** A group whose target groups are on their way out. @throws AwsError ValidationError for one that it does not have */
export function withoutTargetGroups(group: GroupRecord, arns: readonly string[]): GroupRecord {
  const targetGroups = { ...group.targetGroups }
  for (const arn of arns) {
    if (!attachedTo(group).includes(arn)) {
      throw validationError('Trying to remove Target Groups that are not part of the group')
    }
    targetGroups[arn] = 'removing'
  }
  return { ...group, targetGroups }
}

/** ARNs of the target groups that a group has. */
export function attachedTo({ targetGroups = {} }: GroupRecord): string[] {
  return Object.keys(targetGroups).filter((arn) => targetGroups[arn] !== 'removing')
}

/**
 * Registers the instances that run, and takes out those that go; a target group that is gone stays attached, as on AWS.
 * @returns the group as it is then, and the ids of instances that its health checks find unhealthy
 */
export async function keepTargets(
  state: AutoScalingState,
  group: GroupRecord,
  alive: readonly Instance[],
): Promise<{ group: GroupRecord; unhealthy: string[] }> {
  const entries = Object.entries(group.targetGroups ?? {})
  if (entries.length === 0) return { group, unhealthy: [] }
  const mine = await everOf(state, group.name)
  const running = alive.flatMap((each) => (each.State?.Name === 'running' ? (each.InstanceId ?? []) : []))
  const isHeldUp = group.suspended?.['AddToLoadBalancer'] !== undefined
  const unhealthy: string[] = []
  const changed: Record<string, Attachment | undefined> = {}
  for (const [arn, attachment] of entries) {
    const health = await targetsOf(state, arn)
    const present = idsOf(health).filter((id) => mine.includes(id))
    const wanted = attachment === 'removing' || group.isDeleting ? [] : running
    const gone = present.filter((id) => !wanted.includes(id))
    const missing = health && !isHeldUp ? wanted.filter((id) => !present.includes(id)) : []
    await change(state, 'DeregisterTargets', arn, gone)
    await change(state, 'RegisterTargets', arn, missing)
    if (attachment === 'removing') changed[arn] = undefined
    if (group.healthCheckType !== 'ELB') continue
    if (attachment === 'attached' && ofState(health, 'healthy').some((id) => mine.includes(id))) {
      changed[arn] = 'inService'
    }
    if (attachment === 'inService') unhealthy.push(...ofState(health, 'unhealthy'))
  }
  const next = Object.keys(changed).length === 0 ? group : await remember(state, group, changed)
  return { group: next, unhealthy }
}

async function remember(
  state: AutoScalingState,
  group: GroupRecord,
  changed: Readonly<Record<string, Attachment | undefined>>,
): Promise<GroupRecord> {
  const next = await state.groups.update(group.name, (current) => ({
    ...current,
    targetGroups: Object.fromEntries(
      Object.entries(current.targetGroups ?? {}).flatMap(([arn, attachment]) => {
        // One that was attached or detached again meanwhile is looked at again.
        if (!Object.hasOwn(changed, arn) || attachment !== group.targetGroups?.[arn])
          return [[arn, attachment]]
        return changed[arn] === undefined ? [] : [[arn, changed[arn]]]
      }),
    ),
  }))
  return next ?? group
}

/** Ends instances of a group, out of its target groups first. */
export async function takeOut(
  state: AutoScalingState,
  group: GroupRecord,
  ids: readonly string[],
): Promise<void> {
  for (const arn of Object.keys(group.targetGroups ?? {})) await change(state, 'DeregisterTargets', arn, ids)
  await terminate(state, ids)
}

/** The target groups of a group, with their states. */
export async function targetGroupsOf(
  state: AutoScalingState,
  group: GroupRecord,
  alive: readonly Instance[],
): Promise<AttachedTargetGroup[]> {
  return await Promise.all(
    Object.entries(group.targetGroups ?? {}).map(async ([arn, attachment]) => {
      if (attachment === 'removing') return { arn, state: 'Removing' as const }
      // "Target groups also have an InService state if you attach them in the CreateAutoScalingGroup API call."
      if (attachment === 'inService') return { arn, state: 'InService' as const }
      const present = idsOf(await targetsOf(state, arn))
      const isWhole = alive.every(({ InstanceId = '' }) => present.includes(InstanceId))
      return { arn, state: isWhole ? ('Added' as const) : ('Adding' as const) }
    }),
  )
}

async function targetsOf(
  state: AutoScalingState,
  arn: string,
): Promise<readonly TargetHealthDescription[] | undefined> {
  try {
    const answer = await state.deps.caller.call<DescribeTargetHealthOutput>('elbv2', 'DescribeTargetHealth', {
      TargetGroupArn: arn,
    })
    return answer.TargetHealthDescriptions ?? []
  } catch (error) {
    if (!isAwsCode(error, 'TargetGroupNotFound')) throw error
    return undefined
  }
}

function idsOf(targets: readonly TargetHealthDescription[] = []): string[] {
  return targets.flatMap(({ Target }) => Target?.Id ?? [])
}

function ofState(targets: readonly TargetHealthDescription[] = [], wanted: string): string[] {
  return idsOf(targets.filter(({ TargetHealth }) => TargetHealth?.State === wanted))
}

// What EC2 still tells of the group's instances, those that are gone included: others may be registered by hand.
async function everOf(state: AutoScalingState, name: string): Promise<string[]> {
  const answer = await state.deps.caller.call<DescribeInstancesResult>('ec2', 'DescribeInstances', {
    Filters: [{ Name: `tag:${GROUP_TAG}`, Values: [name] }],
  })
  return (answer.Reservations ?? [])
    .flatMap(({ Instances = [] }) => Instances)
    .flatMap(({ InstanceId }) => InstanceId ?? [])
}

async function change(
  state: AutoScalingState,
  operation: 'RegisterTargets' | 'DeregisterTargets',
  arn: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  try {
    await state.deps.caller.call('elbv2', operation, {
      TargetGroupArn: arn,
      Targets: ids.map((Id) => ({ Id })),
    })
  } catch (error) {
    // The target group or an instance has gone meanwhile; an instance of another VPC is never registered, as on AWS.
    if (!isAwsCode(error, 'TargetGroupNotFound', 'InvalidTarget')) throw error
  }
}
