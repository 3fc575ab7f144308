// Owns what has happened to groups, and taking an instance out of one.
import { timestamp } from '../../../base/clock.ts'
import type {
  ActivitiesType,
  Activity,
  ActivityType,
  DescribeScalingActivitiesType,
  TerminateInstanceInAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling'

import { operation } from '../../protocol/operation.ts'
import { fleetOf, groupNameOf } from './fleet.ts'
import { page, PAGES } from './paging.ts'
import { takeOut } from './target-groups.ts'
import { validationError, type ActivityRecord, type AutoScalingState, type GroupRecord } from './state.ts'

export const terminateInstanceInAutoScalingGroup = operation<
  AutoScalingState,
  TerminateInstanceInAutoScalingGroupType,
  ActivityType
>()({
  honours: ['InstanceId', 'ShouldDecrementDesiredCapacity'],
  handle: async (input, state) => {
    const id = input.InstanceId ?? ''
    const instance = (await fleetOf(state)).find(({ InstanceId }) => InstanceId === id)
    const name = instance && groupNameOf(instance)
    // The size goes down and the activity is written before the instance goes, or another would take its place.
    const group = await state.groups.update(name ?? '', (current) => takenOut(state, current, input))
    if (!group) throw notManaged(id)
    await takeOut(state, group, [id])
    const [newest] = group.activities
    return newest ? { Activity: describeActivity(group.name, newest) } : {}
  },
})

function notManaged(id: string) {
  return validationError(`Instance Id not found - No managed instance found for instance ID: ${id}`)
}

function takenOut(
  state: AutoScalingState,
  group: GroupRecord,
  input: {
    readonly InstanceId?: string | undefined
    readonly ShouldDecrementDesiredCapacity?: boolean | undefined
  },
): GroupRecord {
  const { InstanceId: id = '', ShouldDecrementDesiredCapacity: isSmaller = false } = input
  const description = `Terminating EC2 instance: ${id}`
  // Of two at once, the second must not make the group smaller again.
  if (group.activities.some((activity) => activity.description === description)) throw notManaged(id)
  const desired = isSmaller ? group.desired - 1 : group.desired
  if (desired < group.minSize) {
    throw validationError(
      `Currently, desiredSize equals minSize (${group.minSize}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
    )
  }
  const cause = `At ${timestamp(state.deps.clock)} instance ${id} was taken out of service in response to a user request.`
  return state.withActivity({ ...group, desired }, { description, cause, status: 'Successful' })
}

function describeActivity(name: string, activity: ActivityRecord): Activity {
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: name,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: new Date(activity.atMs),
    EndTime: new Date(activity.atMs),
    StatusCode: activity.status,
    StatusMessage: activity.message,
    Progress: 100,
    Details: '',
  }
}

export const describeScalingActivities = operation<
  AutoScalingState,
  DescribeScalingActivitiesType,
  ActivitiesType
>()({
  honours: ['AutoScalingGroupName', 'ActivityIds', ...PAGES],
  handle: (input, state) => {
    const name = input.AutoScalingGroupName
    const groups =
      name === undefined
        ? state.groups.list()
        : [state.groups.get(name)].filter((group) => group !== undefined)
    const ids = input.ActivityIds
    const all = groups.flatMap((group) =>
      group.activities
        .filter(({ id }) => !ids?.length || ids.includes(id))
        .map((activity) => describeActivity(group.name, activity)),
    )
    const { items, token } = page(all, input)
    return { Activities: items, NextToken: token }
  },
})
