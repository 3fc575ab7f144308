// Owns the instances of a group as EC2 has them; EC2 is asked each time, nothing is remembered.
import type { DescribeInstancesResult, Instance } from '@aws-sdk/client-ec2'

import { launchOf, needConfiguration } from './launch-configurations.ts'
import type { NextLaunch } from './mixed-instances.ts'
import type { AutoScalingState, GroupRecord } from './state.ts'

export const GROUP_TAG = 'aws:autoscaling:groupName'

/** Instances of a group (of all groups without a name) that are not yet terminated, oldest first. */
export async function fleetOf(state: AutoScalingState, name?: string): Promise<Instance[]> {
  const answer = await state.deps.caller.call<DescribeInstancesResult>('ec2', 'DescribeInstances', {
    Filters: [
      { Name: `tag:${GROUP_TAG}`, Values: [name ?? '*'] },
      { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped', 'shutting-down'] },
    ],
  })
  return (answer.Reservations ?? [])
    .flatMap((reservation) => reservation.Instances ?? [])
    .toSorted((a, b) => (a.LaunchTime?.getTime() ?? 0) - (b.LaunchTime?.getTime() ?? 0))
}

export function isAlive({ State }: Instance): boolean {
  return State?.Name === 'pending' || State?.Name === 'running'
}

/** True for one that the EC2 health check finds stopped. */
export function isStopped({ State }: Instance): boolean {
  return State?.Name === 'stopping' || State?.Name === 'stopped'
}

/** The group's name on an instance. */
export function groupNameOf({ Tags }: Instance): string | undefined {
  return Tags?.find(({ Key }) => Key === GROUP_TAG)?.Value
}

export async function terminate(state: AutoScalingState, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await state.deps.caller.call('ec2', 'TerminateInstances', { InstanceIds: ids })
}

export interface Launch extends NextLaunch {
  readonly subnetId: string
}

function machineOf(state: AutoScalingState, { template, configuration = '' }: GroupRecord): object {
  if (!template) return launchOf(needConfiguration(state, configuration))
  const { id, name, version } = template
  return {
    LaunchTemplate: {
      ...(id === undefined ? { LaunchTemplateName: name } : { LaunchTemplateId: id }),
      Version: version ?? '$Default',
    },
  }
}

/** Launches one instance into a subnet. @returns it. */
export async function launch(
  state: AutoScalingState,
  group: GroupRecord,
  { subnetId, instanceType, isSpot }: Launch,
): Promise<Instance> {
  const tags = group.tags.filter(({ propagate }) => propagate)
  const answer = await state.deps.caller.call<{ Instances?: Instance[] }>('ec2', 'RunInstances', {
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnetId,
    ...(instanceType === undefined ? {} : { InstanceType: instanceType }),
    ...(isSpot ? { InstanceMarketOptions: { MarketType: 'spot' } } : {}),
    ...machineOf(state, group),
    TagSpecifications: [
      {
        ResourceType: 'instance',
        Tags: [
          ...tags.map(({ key, value }) => ({ Key: key, Value: value })),
          { Key: GROUP_TAG, Value: group.name },
        ],
      },
    ],
  })
  return answer.Instances?.[0] ?? {}
}
