// Owns what EKS says of a node group whose instances cannot be launched.
import type { ActivitiesType } from '@aws-sdk/client-auto-scaling'
import type { Issue } from '@aws-sdk/client-eks'

import { instanceType } from '../../../../rules/nodes/instance-types.ts'
import type { Eks, NodegroupRecord } from '../state.ts'
import { groupName } from './machines.ts'

export type LaunchIssue = Required<Issue>

/** The issue with an instance type that EC2 does not have, in the words of eksctl-io/eksctl#4544. */
export function unknownTypeIssue({ nodegroup }: NodegroupRecord): LaunchIssue | undefined {
  const unknown = nodegroup.instanceTypes?.find((type) => !instanceType(type))
  if (unknown === undefined) return undefined
  return {
    code: 'Ec2LaunchTemplateInvalidConfiguration',
    message: `The specified instance type ${unknown} is not valid`,
    resourceIds: [nodegroup.nodegroupName],
  }
}

/**
 * The issue that the newest attempt of the Auto Scaling group to launch has met, if it failed.
 * @param sinceMs attempts before this are history
 */
export async function launchIssue(
  eks: Eks,
  record: NodegroupRecord,
  sinceMs = 0,
): Promise<LaunchIssue | undefined> {
  const AutoScalingGroupName = groupName(record)
  const { Activities = [] } = await eks.deps.caller.call<ActivitiesType>(
    'autoscaling',
    'DescribeScalingActivities',
    { AutoScalingGroupName, MaxRecords: 1 },
  )
  const [newest] = Activities
  if (newest?.StatusCode !== 'Failed' || (newest.StartTime?.getTime() ?? 0) < sinceMs) return undefined
  const resourceIds = [AutoScalingGroupName]
  const message = newest.StatusMessage ?? ''
  // falcosecurity/test-infra#1164 shows EKS's own words for this one; of others it passes on those of Auto Scaling.
  if (message.includes('enough free addresses')) {
    return {
      code: 'InsufficientFreeAddresses',
      message:
        'Amazon AutoScaling was unable to launch instances because there are not enough free addresses in the subnet associated with your AutoScaling group(s).',
      resourceIds,
    }
  }
  return { code: 'AsgInstanceLaunchFailures', message, resourceIds }
}
