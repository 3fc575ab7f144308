// Owns the tags of a managed group's Auto Scaling group, by which the Cluster Autoscaler knows nodes of an empty group.
// Source: eksctl pkg/cfn/manager/nodegroup.go (propagateManagedNodeGroupTagsToASGTask).
import type { ClusterConfig, ManagedNodeGroup } from '../config/cluster-config.ts'
import { autoscalerTags, nodeLabels } from '../rules/eksctl/tags.ts'
import { autoScalingGroupsOf } from './auto-scaling-groups.ts'
import type { DeployContext } from './context.ts'

const TAGS_A_CALL = 25

// Labels, taints, and the group's own tags.
function propagatedTags(config: ClusterConfig, group: ManagedNodeGroup): Readonly<Record<string, string>> {
  return {
    ...autoscalerTags(
      { ...group.labels, ...nodeLabels(config.metadata.name, group.name) },
      group.taints ?? [],
    ),
    ...config.metadata.tags,
    ...group.tags,
  }
}

/** Puts the tags there that the file propagates, a call for every 25 of them. */
export async function ensureAutoScalingTags(context: DeployContext, group: ManagedNodeGroup): Promise<void> {
  const { cloud, config } = context
  const { CreateOrUpdateTagsCommand, DescribeTagsCommand } = await import('@aws-sdk/client-auto-scaling')
  const client = await cloud.autoScaling()
  const wanted = Object.entries(propagatedTags(config, group))
  for (const name of await autoScalingGroupsOf(context, group.name)) {
    const Filters = [{ Name: 'auto-scaling-group', Values: [name] }]
    const { Tags = [] } = await client.send(new DescribeTagsCommand({ Filters }))
    const missing = wanted.filter(
      ([key, value]) => !Tags.some(({ Key, Value }) => Key === key && Value === value),
    )
    if (missing.length === 0) continue
    const tags = missing.map(([Key, Value]) => ({
      Key,
      Value,
      ResourceId: name,
      ResourceType: 'auto-scaling-group',
      PropagateAtLaunch: false,
    }))
    for (let start = 0; start < tags.length; start += TAGS_A_CALL)
      await client.send(new CreateOrUpdateTagsCommand({ Tags: tags.slice(start, start + TAGS_A_CALL) }))
  }
}
