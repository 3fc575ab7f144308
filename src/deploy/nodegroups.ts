// Owns managed node groups: their stacks, and the wait for their nodes.
import type { ClusterConfig, ManagedNodeGroup } from '../config/cluster-config.ts'
import { UserError } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { nodes } from '../kubernetes/client/resources.ts'
import { scalingOf } from '../rules/eksctl/node-group-defaults.ts'
import { clusterStackName, nodeGroupStackName } from '../rules/eksctl/stack-names.ts'
import { managedNodeGroupTags, NODE_GROUP_NAME_TAG } from '../rules/eksctl/tags.ts'
import { stackTags, type DeployContext } from './context.ts'
import type { StackPlan } from './stack-plan.ts'
import { subnetsOf } from './subnets.ts'
import { nodeGroupTemplate } from './templates/nodegroup.ts'
import { importValue, type Value } from './templates/template.ts'
import { waitFor } from './wait.ts'
import { isConditionTrue } from '../rules/kubernetes/conditions.ts'

const NODES_TIMEOUT_MS = 25 * 60_000

/** The stack of a node group. @throws UserError when the subnets or zones it names are none of the cluster's. */
export function nodeGroupStack(config: ClusterConfig, group: ManagedNodeGroup): StackPlan {
  const cluster = config.metadata.name
  return {
    name: nodeGroupStackName(cluster, group.name),
    cluster,
    template: nodeGroupTemplate(config, group, subnetsFor(config, group)),
    capabilities: [group.iam?.instanceRoleName === undefined ? 'CAPABILITY_IAM' : 'CAPABILITY_NAMED_IAM'],
    tags: stackTags(config, { ...managedNodeGroupTags(group.name), ...group.tags }),
  }
}

// Subnets named in the group may be ids or names/zones of the cluster's own; without any, those of the cluster.
function subnetsFor(config: ClusterConfig, group: ManagedNodeGroup): Value {
  const given = subnetsOf(config)
  const all = [...given.private, ...given.public]
  const topology = group.privateNetworking === true || given.public.length === 0 ? 'private' : 'public'
  if (all.length === 0) {
    const output = group.privateNetworking === true ? 'SubnetsPrivate' : 'SubnetsPublic'
    const list: Value = {
      'Fn::Split': [',', importValue(`${clusterStackName(config.metadata.name)}::${output}`)],
    }
    return group.availabilityZones === undefined ? list : inZones(config, group.availabilityZones, list)
  }
  const zones = group.availabilityZones
  const candidates = given[topology].filter((subnet) => zones === undefined || zones.includes(subnet.zone))
  const named = group.subnets?.map((name) => resolveSubnet(name, all))
  return named ?? candidates.map((subnet) => subnet.id)
}

// The cluster's own VPC has one subnet of each kind a zone, listed in the order of the zones.
function inZones(config: ClusterConfig, zones: readonly string[], list: Value): Value {
  return zones.map((zone) => {
    const index = config.availabilityZones?.indexOf(zone) ?? -1
    if (index < 0) {
      throw new UserError(`node group zone ${zone} is none of the cluster's`, {
        help: 'Name the zones of the cluster under availabilityZones, and those of the node group among them.',
      })
    }
    return { 'Fn::Select': [String(index), list] }
  })
}

function resolveSubnet(
  name: string,
  all: readonly { readonly id: string; readonly name: string; readonly zone: string }[],
): string {
  if (name.startsWith('subnet-')) return name
  const found = all.find((subnet) => subnet.name === name || subnet.zone === name)
  if (found) return found.id
  throw new UserError(`node group subnet "${name}" is neither a subnet id nor one of vpc.subnets`, {
    help: `Use one of: ${all.map((subnet) => subnet.name).join(', ')}.`,
  })
}

/** Waits until as many nodes of the group are Ready as its minimum says. */
export async function nodesReady(
  context: DeployContext,
  kubernetes: KubernetesClient,
  group: ManagedNodeGroup,
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
      timeoutMs: NODES_TIMEOUT_MS,
      describe: () => ({
        message: `node group ${group.name} has ${ready} of ${minSize} nodes ready`,
        help: `Look at it with: kubectl get nodes -l ${labelSelector}`,
      }),
    },
  )
}
