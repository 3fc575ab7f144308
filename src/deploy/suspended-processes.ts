// Owns `asgSuspendProcesses`: what the Auto Scaling group of a node group is not to do by itself.
// Source: eksctl pkg/eks/nodegroup.go (suspendProcesses), for nodeGroups and managedNodeGroups alike.
import type { ManagedNodeGroup, SelfManagedNodeGroup } from '../config/cluster-config.ts'
import { autoScalingGroupsOf } from './auto-scaling-groups.ts'
import type { DeployContext } from './context.ts'

type Group = Pick<ManagedNodeGroup | SelfManagedNodeGroup, 'name' | 'asgSuspendProcesses'>

// CloudFormation marks what it makes.
const STACK_TAG = 'tag:aws:cloudformation:stack-name'

/** Suspends what the file names and is not suspended yet, in the group of an entry of `managedNodeGroups`. */
export async function suspendOfManaged(context: DeployContext, group: Group): Promise<void> {
  if (!group.asgSuspendProcesses?.length) return
  const names = await autoScalingGroupsOf(context, group.name)
  // Asked for no names, AWS tells of every group of the account.
  if (names.length > 0) await suspend(context, group, { AutoScalingGroupNames: [...names] })
}

/** Does the same in the group that the stack of an entry of `nodeGroups` has made. */
export async function suspendOfStack(context: DeployContext, group: Group, stackName: string): Promise<void> {
  if (!group.asgSuspendProcesses?.length) return
  await suspend(context, group, { Filters: [{ Name: STACK_TAG, Values: [stackName] }] })
}

async function suspend(
  { cloud }: DeployContext,
  { asgSuspendProcesses: wanted = [] }: Group,
  which: { AutoScalingGroupNames: string[] } | { Filters: { Name: string; Values: string[] }[] },
): Promise<void> {
  const { DescribeAutoScalingGroupsCommand, SuspendProcessesCommand } =
    await import('@aws-sdk/client-auto-scaling')
  const client = await cloud.autoScaling()
  const { AutoScalingGroups = [] } = await client.send(new DescribeAutoScalingGroupsCommand(which))
  for (const { AutoScalingGroupName, SuspendedProcesses = [] } of AutoScalingGroups) {
    const missing = wanted.filter(
      (process) => !SuspendedProcesses.some(({ ProcessName }) => ProcessName === process),
    )
    if (missing.length === 0) continue
    await client.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: missing }))
  }
}
