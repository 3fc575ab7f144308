// Owns suspending what Auto Scaling does with a group by itself, and taking it up again.
// Source: Auto Scaling user guide, "Suspend and resume Auto Scaling processes".
import { timestamp } from '../../../base/clock.ts'
import type {
  ScalingProcessQuery,
  AutoScalingInstancesType,
  DescribeAutoScalingInstancesType,
} from '@aws-sdk/client-auto-scaling'

import { SCALING_PROCESSES } from '../../../rules/nodes/scaling-processes.ts'
import { operation } from '../../protocol/operation.ts'
import { describeInstance } from './describe-groups.ts'
import { fleetOf, groupNameOf } from './fleet.ts'
import { page } from './paging.ts'
import { validationError, type AutoScalingState, type GroupRecord } from './state.ts'

/** What a group does by itself near, beside AddToLoadBalancer (`target-groups.ts`); of the others there is nothing to hold up. */
export type Process = 'Launch' | 'Terminate' | 'HealthCheck' | 'ReplaceUnhealthy'

const PROCESSES: readonly string[] = SCALING_PROCESSES

function chosen({
  ScalingProcesses: given = [],
}: Pick<ScalingProcessQuery, 'ScalingProcesses'>): readonly string[] {
  const unknown = given.find((process) => !PROCESSES.includes(process))
  if (unknown !== undefined) throw validationError(`Unrecognized process: ${unknown}`)
  return given.length > 0 ? given : PROCESSES
}

/** Of all processes when none is named. @throws AwsError ValidationError */
export const suspendProcesses = operation<AutoScalingState, ScalingProcessQuery, void>()({
  honours: ['AutoScalingGroupName', 'ScalingProcesses'],
  handle: async (input, state) => {
    const processes = chosen(input)
    const { name } = state.group(input.AutoScalingGroupName)
    const reason = `User suspended at ${timestamp(state.deps.clock)}`
    await state.groups.update(name, (group) => ({
      ...group,
      suspended: {
        ...Object.fromEntries(processes.map((process) => [process, reason])),
        // Who is suspended already stays so since then.
        ...group.suspended,
      },
    }))
  },
})

/** Of all processes when none is named. @throws AwsError ValidationError */
export const resumeProcesses = operation<AutoScalingState, ScalingProcessQuery, void>()({
  honours: ['AutoScalingGroupName', 'ScalingProcesses'],
  handle: async (input, state) => {
    const processes = chosen(input)
    const { name } = state.group(input.AutoScalingGroupName)
    await state.groups.update(name, (group) => ({
      ...group,
      suspended: Object.fromEntries(
        Object.entries(group.suspended ?? {}).filter(([process]) => !processes.includes(process)),
      ),
    }))
  },
})

/** Whether a group may do something by itself. */
export function isSuspended(group: GroupRecord, process: Process): boolean {
  return group.suspended?.[process] !== undefined
}

/** Instances of all groups, or those that are named; ids that no group has are left out. */
export const describeAutoScalingInstances = operation<
  AutoScalingState,
  DescribeAutoScalingInstancesType,
  AutoScalingInstancesType
>()({
  honours: ['InstanceIds', 'MaxRecords', 'NextToken'],
  handle: async (input, state) => {
    const ids = input.InstanceIds ?? []
    const fleet = (await fleetOf(state)).filter(
      ({ InstanceId = '' }) => ids.length === 0 || ids.includes(InstanceId),
    )
    const { items, token } = page(fleet, input)
    return {
      AutoScalingInstances: items.flatMap((instance) => {
        const group = state.groups.get(groupNameOf(instance) ?? '')
        if (!group) return []
        const shown = describeInstance(group, instance)
        // This operation alone says it in capitals.
        return [
          { ...shown, AutoScalingGroupName: group.name, HealthStatus: shown.HealthStatus.toUpperCase() },
        ]
      }),
      NextToken: token,
    }
  },
})
