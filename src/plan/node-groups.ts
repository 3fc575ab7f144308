// Owns what the node groups of a config offer to pods.
import type { ClusterConfig, ManagedNodeGroup } from '../config/cluster-config.ts'
import type { InstanceType } from '../rules/nodes/instance-types.ts'
import { allocatableOf, instanceType } from '../rules/nodes/instance-types.ts'

/** eksctl's defaults for a managed node group. */
const DEFAULT_INSTANCE_TYPE = 'm5.large'
const DEFAULT_NODE_COUNT = 2
const DEFAULT_VOLUME_GIB = 80

export interface NodeGroupPlan {
  readonly name: string
  readonly instanceTypeName: string
  /** undefined when the type is not in data/instance-types.json. */
  readonly type: InstanceType | undefined
  readonly desired: number
  readonly max: number
  readonly spot: boolean
  readonly volumeType: string
  readonly volumeGiB: number
  /** Labels that every node of the group has. */
  readonly labels: Readonly<Record<string, string>>
  /** Keys of taints that keep pods off. */
  readonly taints: readonly string[]
}

/** What one node, or all together, can give to pods. */
export interface Capacity {
  readonly cpuMilli: number
  readonly memoryMiB: number
  readonly pods: number
}

/** The node groups with eksctl's defaults filled in. */
export function nodeGroupsOf(config: ClusterConfig | undefined): NodeGroupPlan[] {
  return (config?.managedNodeGroups ?? []).map(nodeGroup)
}

/** Nodes that the cluster starts with. */
export function nodeCountOf(groups: readonly NodeGroupPlan[]): number {
  return groups.reduce((sum, group) => sum + group.desired, 0)
}

/** What a node of the group offers to pods, or undefined for an unknown instance type. */
export function nodeCapacity(group: NodeGroupPlan): Capacity | undefined {
  return group.type && allocatableOf(group.type)
}

/** What the groups offer at their largest, or undefined when a type is unknown. */
export function totalCapacity(groups: readonly NodeGroupPlan[]): Capacity | undefined {
  let total: Capacity = { cpuMilli: 0, memoryMiB: 0, pods: 0 }
  for (const group of groups) {
    const one = nodeCapacity(group)
    if (!one) return undefined
    total = {
      cpuMilli: total.cpuMilli + one.cpuMilli * group.max,
      memoryMiB: total.memoryMiB + one.memoryMiB * group.max,
      pods: total.pods + one.pods * group.max,
    }
  }
  return total
}

function nodeGroup(group: ManagedNodeGroup): NodeGroupPlan {
  const typeName = group.instanceTypes?.[0] ?? group.instanceType ?? DEFAULT_INSTANCE_TYPE
  const desired = group.desiredCapacity ?? group.minSize ?? DEFAULT_NODE_COUNT
  const type = instanceType(typeName)
  return {
    name: group.name,
    instanceTypeName: typeName,
    type,
    desired,
    max: group.maxSize ?? desired,
    spot: group.spot === true,
    volumeType: group.volumeType ?? 'gp3',
    volumeGiB: group.volumeSize ?? DEFAULT_VOLUME_GIB,
    labels: {
      ...group.labels,
      'alpha.eksctl.io/nodegroup-name': group.name,
      'eks.amazonaws.com/nodegroup': group.name,
      'kubernetes.io/os': 'linux',
      'node.kubernetes.io/instance-type': typeName,
      ...(type === undefined ? {} : { 'kubernetes.io/arch': type.arch }),
    },
    taints: (group.taints ?? []).filter((each) => each.effect !== 'PreferNoSchedule').map((each) => each.key),
  }
}
