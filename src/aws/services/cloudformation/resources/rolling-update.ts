// Owns replacing the instances of a changed Auto Scaling group, batch after batch; all that it remembers is in its ticket.
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { DescribeInstancesResult } from '@aws-sdk/client-ec2'

import { AwsError, isAwsCode } from '../../../../base/errors.ts'
import type { ResourceContext } from './resource-type.ts'
import { type Member, type Move, nextMove, type Rolling } from './update-policy.ts'

interface Ticket {
  readonly rolling: Rolling
  readonly old: readonly string[]
  readonly desired: number
  readonly sinceMs: number
  /** Processes that were not held up before. */
  readonly suspended: readonly string[]
}

/** Begins it. @returns what `goOnRolling` asks by; undefined where the group has no instances */
export async function beginRolling(
  group: AutoScalingGroup,
  rolling: Rolling,
  context: ResourceContext,
): Promise<string | undefined> {
  const old = (group.Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? [])
  if (old.length === 0) return undefined
  const already = (group.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName)
  const suspended = rolling.suspends.filter((process) => !already.includes(process))
  await processes('SuspendProcesses', group.AutoScalingGroupName, suspended, context)
  const ticket: Ticket = {
    rolling,
    old,
    desired: group.DesiredCapacity ?? 0,
    sinceMs: context.nowMs,
    suspended,
  }
  return JSON.stringify(ticket)
}

/** Does what is next. @throws AwsError when too many of the new instances have failed */
export async function goOnRolling(
  group: AutoScalingGroup,
  ticketText: string,
  context: ResourceContext,
): Promise<'ready' | 'pending'> {
  // Written by beginRolling.
  const ticket = JSON.parse(ticketText) as Ticket
  const name = group.AutoScalingGroupName
  const end = (): Promise<void> => processes('ResumeProcesses', name, ticket.suspended, context)
  let move: Move
  try {
    move = nextMove({
      ...ticket,
      members: await membersOf(group, context),
      current: group.DesiredCapacity ?? 0,
      maxSize: group.MaxSize ?? 0,
      signals: context.signalsSince(ticket.sinceMs),
      nowMs: context.nowMs,
      pace: context.pace,
    })
  } catch (error) {
    if (error instanceof AwsError) await end()
    throw error
  }
  if (move.kind === 'done') {
    await end()
    return 'ready'
  }
  await carryOut(move, name, context)
  return 'pending'
}

async function carryOut(move: Move, name: string | undefined, context: ResourceContext): Promise<void> {
  if (move.kind === 'resize') {
    const { desired: DesiredCapacity } = move
    await context.call('autoscaling', 'SetDesiredCapacity', { AutoScalingGroupName: name, DesiredCapacity })
  }
  if (move.kind !== 'terminate') return
  for (const InstanceId of move.ids) {
    await context
      .call('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
        InstanceId,
        ShouldDecrementDesiredCapacity: false,
      })
      .catch((error: unknown) => {
        // It went in between.
        if (!isAwsCode(error, 'ValidationError')) throw error
      })
  }
}

async function membersOf(group: AutoScalingGroup, context: ResourceContext): Promise<Member[]> {
  const alive = (group.Instances ?? []).filter(
    ({ LifecycleState = '' }) => LifecycleState === 'InService' || LifecycleState.startsWith('Pending'),
  )
  const ids = alive.flatMap(({ InstanceId }) => InstanceId ?? [])
  if (ids.length === 0) return []
  const { Reservations = [] } = await context.call<DescribeInstancesResult>('ec2', 'DescribeInstances', {
    Filters: [{ Name: 'instance-id', Values: ids }],
  })
  const launched = new Map(
    Reservations.flatMap(({ Instances = [] }) =>
      Instances.map(({ InstanceId, LaunchTime }) => [InstanceId, LaunchTime?.getTime() ?? 0]),
    ),
  )
  return alive.map(({ InstanceId: id = '', LifecycleState }) => ({
    id,
    isInService: LifecycleState === 'InService',
    launchedAtMs: launched.get(id) ?? context.nowMs,
  }))
}

async function processes(
  operation: 'SuspendProcesses' | 'ResumeProcesses',
  name: string | undefined,
  names: readonly string[],
  context: ResourceContext,
): Promise<void> {
  // Without names it would be all of them.
  if (names.length === 0) return
  await context.call('autoscaling', operation, { AutoScalingGroupName: name, ScalingProcesses: names })
}
