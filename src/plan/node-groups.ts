// Owns what the node groups of a config offer to pods.
import type { Taint } from '../../generated/kubernetes.d.ts'
import type { ClusterConfig, ManagedNodeGroup, SelfManagedNodeGroup } from '../config/cluster-config.ts'
import { devicesOf } from '../rules/auto-mode/auto-node.ts'
import { isBottlerocket, systemOf } from '../rules/eksctl/ami-families.ts'
import {
  amiFamilyOf,
  instanceTypesOf,
  scalingOf,
  taintsOf,
  volumeOf,
} from '../rules/eksctl/node-group-defaults.ts'
import { nodeLabels } from '../rules/eksctl/tags.ts'
import { allocatableOf, type Allocatable } from '../rules/nodes/allocatable.ts'
import { instanceTypeLabels, nodegroupLabels, regionLabels } from '../rules/nodes/ec2-labels.ts'
import type { InstanceType } from '../rules/nodes/instance-types.ts'
import { instanceType } from '../rules/nodes/instance-types.ts'

export interface NodeGroupPlan {
  readonly name: string
  readonly instanceTypeName: string
  /** undefined when the type is not in data/instance-types.json. */
  readonly type: InstanceType | undefined
  readonly desired: number
  readonly max: number
  readonly spot: boolean
  readonly system: 'linux' | 'windows'
  readonly volumeType: string
  readonly volumeGiB: number
  /** Labels that every node of the group has. */
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  /** What its nodes offer of their GPUs, `nvidia.com/gpu`. */
  readonly devices: Readonly<Record<string, string>>
}

/** The node groups with eksctl's defaults filled in. */
export function nodeGroupsOf(config: ClusterConfig | undefined): NodeGroupPlan[] {
  const { name = '', region = '' } = config?.metadata ?? {}
  const { managedNodeGroups = [], nodeGroups = [] } = config ?? {}
  return [
    ...managedNodeGroups.map((group) => {
      const capacity = group.spot === true ? 'SPOT' : 'ON_DEMAND'
      return nodeGroup({ name, region }, group, nodegroupLabels(group.name, capacity))
    }),
    ...nodeGroups.map((group) => nodeGroup({ name, region }, group, {})),
  ]
}

/** Nodes that the cluster starts with. */
export function nodeCountOf(groups: readonly NodeGroupPlan[]): number {
  return groups.reduce((sum, group) => sum + group.desired, 0)
}

/** What a node of the group offers to pods, or undefined for an unknown instance type. */
export function nodeCapacity(group: NodeGroupPlan): Allocatable | undefined {
  return group.type && allocatableOf(group.type)
}

/** What the groups offer at their largest, or undefined when a type is unknown. */
export function totalCapacity(groups: readonly NodeGroupPlan[]): Allocatable | undefined {
  let total: Allocatable = { cpuMilli: 0, memoryMiB: 0, pods: 0 }
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

function nodeGroup(
  cluster: { readonly name: string; readonly region: string },
  group: ManagedNodeGroup | SelfManagedNodeGroup,
  ownLabels: Readonly<Record<string, string>>,
): NodeGroupPlan {
  const { region } = cluster
  const [typeName] = instanceTypesOf(group)
  const { desiredSize, maxSize } = scalingOf(group)
  const volume = volumeOf(group)
  const type = instanceType(typeName)
  const family = amiFamilyOf(group)
  const system = systemOf(family)
  return {
    name: group.name,
    instanceTypeName: typeName,
    type,
    desired: desiredSize,
    max: maxSize,
    spot: isSpot(group),
    system,
    volumeType: volume.type,
    volumeGiB: volume.sizeGiB,
    labels: {
      ...group.labels,
      ...nodeLabels(cluster.name, group.name),
      ...ownLabels,
      ...regionLabels(region),
      ...(type
        ? instanceTypeLabels(type, system)
        : { 'kubernetes.io/os': system, 'node.kubernetes.io/instance-type': typeName }),
    },
    taints: taintsOf(group),
    // Bottlerocket's images bring NVIDIA's plugin along; Amazon Linux leaves it to be installed.
    devices: type && isBottlerocket(family) ? devicesOf(type) : {},
  }
}

// A part of the instances is enough: their price is not known.
function isSpot(group: ManagedNodeGroup | SelfManagedNodeGroup): boolean {
  if ('spot' in group) return group.spot === true
  const distribution = 'instancesDistribution' in group ? group.instancesDistribution : undefined
  return (distribution?.onDemandPercentageAboveBaseCapacity ?? 100) < 100
}
