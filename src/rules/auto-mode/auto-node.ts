// Owns what a node of EKS Auto Mode is to the scheduler before there is one: labels, taints, what it leaves to pods.
import type { Node, Taint } from '../../../generated/kubernetes.d.ts'
import { bytes, formatBytes, formatCpu } from '../../base/quantity.ts'
import { allocatableDiskBytes, allocatableOf, type Allocatable } from '../nodes/allocatable.ts'
import { regionLabels } from '../nodes/ec2-labels.ts'
import { typeDetails, type InstanceType } from '../nodes/instance-types.ts'
import type { AutoType } from './instance-labels.ts'
import { DEFAULT_STORAGE } from './node-pool.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
// "EKS limits the maximum number of pods on a node to 110. This limit is applied after the existing max pods calculation."
const MOST_PODS = 110

export type CapacityType = 'on-demand' | 'spot'

/** Everything about a node but its name. */
export interface AutoNode {
  readonly pool: string
  readonly auto: AutoType
  readonly region: string
  readonly zone: string
  readonly capacityType: CapacityType
  /** Those that its pool gives. */
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  /** `80Gi` */
  readonly storage?: string | undefined
}

/** What a node of Auto Mode of this type leaves to pods. */
export function autoAllocatable(type: InstanceType): Allocatable {
  const left = allocatableOf(type)
  return { ...left, pods: Math.min(left.pods, MOST_PODS) }
}

/** Devices that a node of Auto Mode offers by itself: its image has NVIDIA's plugin. */
export function devicesOf({ name }: Pick<InstanceType, 'name'>): Record<string, string> {
  const [count, manufacturer = ''] = typeDetails(name).gpus ?? []
  return count !== undefined && manufacturer.toLowerCase() === 'nvidia'
    ? { 'nvidia.com/gpu': String(count) }
    : {}
}

/** The same as a node's status says it, with its disk and devices. */
export function allocatableList(type: InstanceType, storage?: string): Record<string, string> {
  const left = autoAllocatable(type)
  return {
    cpu: formatCpu(left.cpuMilli),
    memory: formatBytes(left.memoryMiB * MIB),
    'ephemeral-storage': String(allocatableDiskBytes(storageGiB(storage))),
    pods: String(left.pods),
    ...devicesOf(type),
  }
}

/** Whole GiB of the root volume that a node class asks for. */
export function storageGiB(size = DEFAULT_STORAGE): number {
  return Math.ceil(bytes(size) / GIB)
}

/** All labels of a node but those of its own name. */
export function autoNodeLabels({
  pool,
  auto,
  region,
  zone,
  capacityType,
  labels,
}: AutoNode): Record<string, string> {
  return {
    ...labels,
    ...auto.labels,
    ...regionLabels(region),
    'failure-domain.beta.kubernetes.io/zone': zone,
    'topology.kubernetes.io/zone': zone,
    'karpenter.sh/capacity-type': capacityType,
    'karpenter.sh/nodepool': pool,
  }
}

/** The node as the scheduler's filters take it. */
export function autoNode(from: AutoNode, name: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: name,
      resourceVersion: '',
      creationTimestamp: '',
      labels: { ...autoNodeLabels(from), 'kubernetes.io/hostname': name },
    },
    spec: { taints: from.taints.map((taint) => ({ ...taint })) },
    status: { allocatable: allocatableList(from.auto.type, from.storage) },
  }
}
