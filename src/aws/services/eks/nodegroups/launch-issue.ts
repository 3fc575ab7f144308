// Owns what EKS says of a node group whose instances cannot be launched.
import type { ActivitiesType } from '@aws-sdk/client-auto-scaling'
import type { Issue } from '@aws-sdk/client-eks'

import { instanceType } from '../../../../rules/nodes/instance-types.ts'
import { describeSubnets } from '../clusters/network.ts'
import type { ClusterRecord, Eks, NodegroupRecord } from '../state.ts'
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
 * The issue with subnets that give instances no IPv6 address, without which none is a node of an IPv6 cluster. The words
 * are Neargate's: those of AWS were not found.
 */
export async function missingIpv6Issue(
  eks: Eks,
  { kubernetesNetworkConfig }: ClusterRecord['cluster'],
  { nodegroup }: NodegroupRecord,
): Promise<LaunchIssue | undefined> {
  if (kubernetesNetworkConfig?.ipFamily !== 'ipv6') return undefined
  const subnets = await describeSubnets(eks, nodegroup.subnets ?? [])
  const without = subnets.filter(({ AssignIpv6AddressOnCreation }) => AssignIpv6AddressOnCreation !== true)
  if (without.length === 0) return undefined
  const resourceIds = without.map(({ SubnetId = '' }) => SubnetId)
  return {
    code: 'Ec2SubnetMissingIpv6Assignment',
    message: `Subnets [${resourceIds.join(', ')}] do not automatically assign IPv6 addresses to instances launched into them, which nodes of an IPv6 cluster need.`,
    resourceIds,
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
