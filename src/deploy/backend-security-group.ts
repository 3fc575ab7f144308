// Owns what the load balancer controller may leave behind: the security group that its load balancers shared. The
// controller removes it after the last Service, and `down` may be done with the controller before that.
import type { DeleteSecurityGroupCommand } from '@aws-sdk/client-ec2'

import { isAwsCode } from '../base/errors.ts'
import { EDITIONS } from '../rules/load-balancer/edition.ts'
import type { DeployContext } from './context.ts'
import { waitFor } from './wait.ts'

// EC2 refuses while a network interface of a load balancer that was deleted is still there.
const TIMEOUT_MS = 5 * 60_000

/** Ids of the shared groups that the controller of this cluster has made and not removed. */
export async function backendSecurityGroups(
  { cloud }: Pick<DeployContext, 'cloud'>,
  cluster: string,
): Promise<readonly string[]> {
  const { DescribeSecurityGroupsCommand } = await import('@aws-sdk/client-ec2')
  const client = await cloud.ec2()
  const found = await Promise.all(
    EDITIONS.map(({ clusterTag, sharedGroupTag }) =>
      client.send(
        new DescribeSecurityGroupsCommand({
          Filters: [
            { Name: `tag:${clusterTag}`, Values: [cluster] },
            { Name: `tag:${sharedGroupTag.key}`, Values: [sharedGroupTag.value] },
          ],
        }),
      ),
    ),
  )
  return found.flatMap(({ SecurityGroups = [] }) => SecurityGroups.flatMap(({ GroupId }) => GroupId ?? []))
}

/** Removes the groups, waiting for what still uses them. */
export async function deleteSecurityGroups(context: DeployContext, ids: readonly string[]): Promise<void> {
  const { DeleteSecurityGroupCommand } = await import('@aws-sdk/client-ec2')
  for (const GroupId of ids) {
    await waitFor(() => attempt(context, new DeleteSecurityGroupCommand({ GroupId })), {
      clock: context.clock,
      pace: context.pace,
      timeoutMs: TIMEOUT_MS,
      describe: () => ({ message: `security group ${GroupId} is still in use` }),
    })
  }
}

async function attempt(
  { cloud }: DeployContext,
  command: DeleteSecurityGroupCommand,
): Promise<true | undefined> {
  const client = await cloud.ec2()
  try {
    await client.send(command)
    return true
  } catch (error) {
    if (isAwsCode(error, 'InvalidGroup.NotFound')) return true
    if (isAwsCode(error, 'DependencyViolation')) return undefined
    throw error
  }
}
