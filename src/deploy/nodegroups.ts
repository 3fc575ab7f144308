// Owns managed node groups: their stacks, and the wait for the nodes of any group.
import type { ClusterConfig, ManagedNodeGroup, NodeGroupBase } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { nodes } from '../kubernetes/client/resources.ts'
import { scalingOf } from '../rules/eksctl/node-group-defaults.ts'
import { nodeGroupStackName } from '../rules/eksctl/stack-names.ts'
import { managedNodeGroupTags, NODE_GROUP_NAME_TAG } from '../rules/eksctl/tags.ts'
import { stackTags, type DeployContext } from './context.ts'
import type { StackPlan } from './stack-plan.ts'
import { subnetsFor } from './node-subnets.ts'
import { nodeGroupTemplate } from './templates/nodegroup.ts'
import type { DeployedCluster } from './up-result.ts'
import { waitFor } from './wait.ts'
import { isConditionTrue } from '../rules/kubernetes/conditions.ts'

const NODES_TIMEOUT_MS = 25 * 60_000

/** What the stack of a group whose nodes join by themselves needs to know beside the config. */
export interface NodeFacts {
  readonly cluster: DeployedCluster
  readonly imageId: string
}

/** The stack of a node group. @throws UserError when the subnets or zones it names are none of the cluster's. */
export function nodeGroupStack(config: ClusterConfig, group: ManagedNodeGroup, facts?: NodeFacts): StackPlan {
  const cluster = config.metadata.name
  return {
    name: nodeGroupStackName(cluster, group.name),
    cluster,
    template: nodeGroupTemplate(config, group, { subnets: subnetsFor(config, group), ...facts }),
    capabilities: [group.iam?.instanceRoleName === undefined ? 'CAPABILITY_IAM' : 'CAPABILITY_NAMED_IAM'],
    tags: stackTags(config, { ...managedNodeGroupTags(group.name), ...group.tags }),
  }
}

/** Waits until as many nodes of the group are Ready as its minimum says. */
export async function nodesReady(
  context: DeployContext,
  kubernetes: KubernetesClient,
  group: NodeGroupBase,
): Promise<number> {
  const { minSize } = scalingOf(group)
  const labelSelector = `${NODE_GROUP_NAME_TAG}=${group.name}`
  let ready = 0
  return waitFor(
    async () => {
      const { items } = await kubernetes.list(nodes, { labelSelector })
      ready = items.filter((node) => isConditionTrue(node.status?.conditions, 'Ready')).length
      return ready >= minSize ? ready : undefined
    },
    {
      clock: context.clock,
      pace: context.pace,
      timeoutMs: NODES_TIMEOUT_MS,
      describe: () => ({
        message: `node group ${group.name} has ${ready} of ${minSize} nodes ready`,
        help: `Look at it with: kubectl get nodes -l ${labelSelector}`,
      }),
    },
  )
}
