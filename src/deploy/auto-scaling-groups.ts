// Owns which Auto Scaling groups EKS has made for a managed node group.
import { DescribeNodegroupCommand } from '@aws-sdk/client-eks'

import type { DeployContext } from './context.ts'

/** Their names. */
export async function autoScalingGroupsOf(
  { cloud, config }: DeployContext,
  nodegroupName: string,
): Promise<readonly string[]> {
  const { nodegroup } = await cloud.eks.send(
    new DescribeNodegroupCommand({ clusterName: config.metadata.name, nodegroupName }),
  )
  return nodegroup?.resources?.autoScalingGroups?.flatMap(({ name }) => name ?? []) ?? []
}
