// Owns the stacks of node groups whose nodes join by themselves: their user data names the cluster, which has to be there.
import type { ClusterConfig, ManagedNodeGroup, NodeGroupBase } from '../config/cluster-config.ts'
import { joinsByItself } from '../rules/eksctl/ami-families.ts'
import type { DeployContext } from './context.ts'
import { nodeImage } from './node-images.ts'
import { nodeGroupStack } from './nodegroups.ts'
import { selfManagedStack } from './self-managed-groups.ts'
import type { StackPlan } from './stack-plan.ts'
import type { DeployedCluster } from './up-result.ts'

/** Those groups, the managed ones first. */
export function joiningGroups({
  managedNodeGroups = [],
  nodeGroups = [],
}: ClusterConfig): readonly NodeGroupBase[] {
  return [...managedNodeGroups.filter(joinsByItself), ...nodeGroups]
}

/** The stacks of all those groups. @param imageOf the image of a group, by whatever way it is found */
export function joiningStacks(
  config: ClusterConfig,
  cluster: DeployedCluster,
  imageOf: ReadonlyMap<string, string>,
): readonly StackPlan[] {
  const factsOf = (name: string) => ({ cluster, imageId: imageOf.get(name) ?? '' })
  return [
    ...(config.managedNodeGroups ?? [])
      .filter(joinsByItself)
      .map((group) => nodeGroupStack(config, group, factsOf(group.name))),
    ...(config.nodeGroups ?? []).map((group) => selfManagedStack(config, group, factsOf(group.name))),
  ]
}

/** The same, with the images that AWS names. @param version of the cluster, `1.35` */
export async function lookedUpStacks(
  context: DeployContext,
  cluster: DeployedCluster,
  version: string,
): Promise<readonly StackPlan[]> {
  const images = await Promise.all(
    joiningGroups(context.config).map(
      async (group) => [group.name, await nodeImage(context, group, version)] as const,
    ),
  )
  return joiningStacks(context.config, cluster, new Map(images))
}

/** The stack of a managed group, with the image of nodes that join by themselves. */
export async function managedStack(
  context: DeployContext,
  group: ManagedNodeGroup,
  { cluster, version }: { readonly cluster: DeployedCluster; readonly version: string },
): Promise<StackPlan> {
  if (!joinsByItself(group)) return nodeGroupStack(context.config, group)
  return nodeGroupStack(context.config, group, { cluster, imageId: await nodeImage(context, group, version) })
}
