// Owns what a managed node group is when the file does not say: type, sizes, volume.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5 (types.go, defaults.go, validation.go ValidateManagedNodeGroup) and
// pkg/cfn/builder/block_device_mapping.go.
import { isBottlerocket, isWindows } from './ami-families.ts'

/** What these rules read of a node group in a ClusterConfig. */
export interface NodeGroupShape {
  readonly instanceType?: string
  readonly instanceTypes?: readonly string[]
  readonly amiFamily?: string
  readonly desiredCapacity?: number
  readonly minSize?: number
  readonly maxSize?: number
  readonly volumeSize?: number
  readonly volumeType?: string
  readonly volumeIOPS?: number
  readonly volumeThroughput?: number
  readonly instanceMarketOptions?: { readonly marketType?: string | undefined }
  /** Of self-managed groups. */
  readonly instancesDistribution?: { readonly instanceTypes: readonly string[] }
}

const DEFAULT_INSTANCE_TYPE = 'm5.large'
const DEFAULT_NODE_COUNT = 2
// A group may be empty, its largest size may not (DefaultMaxSize).
const SMALLEST_MAXIMUM = 1
const DEFAULT_AMI_FAMILY = 'AmazonLinux2023'
const DEFAULT_VOLUME_GIB = 80
const DEFAULT_VOLUME_TYPE = 'gp3'
const GP3_IOPS = 3000
const GP3_THROUGHPUT_MIB = 125
/** The disk that a Linux node starts from. Bottlerocket keeps containers and kubelet on a second one. */
const ROOT_DEVICE = '/dev/xvda'
const WINDOWS_ROOT_DEVICE = '/dev/sda1'
export const BOTTLEROCKET_DATA_DEVICE = '/dev/xvdb'

/** The instance types of a group; EKS takes the first that it can get. */
export function instanceTypesOf(group: NodeGroupShape): readonly [string, ...string[]] {
  const [first, ...rest] = group.instanceTypes ?? group.instancesDistribution?.instanceTypes ?? []
  return first === undefined ? [group.instanceType ?? DEFAULT_INSTANCE_TYPE] : [first, ...rest]
}

/** The operating system of a group's nodes, as eksctl names families. */
export function amiFamilyOf(group: NodeGroupShape): string {
  return group.amiFamily ?? DEFAULT_AMI_FAMILY
}

export interface Scaling {
  readonly minSize: number
  readonly desiredSize: number
  readonly maxSize: number
}

/** Numbers of nodes: each that is left out follows from those that are given. */
export function scalingOf(group: NodeGroupShape): Scaling {
  const minSize = group.minSize ?? group.desiredCapacity ?? DEFAULT_NODE_COUNT
  const desiredSize = group.desiredCapacity ?? minSize
  const maxSize = group.maxSize ?? Math.max(desiredSize, SMALLEST_MAXIMUM)
  return { minSize, desiredSize, maxSize }
}

export interface Volume {
  /** Where the disk that pods use is attached. */
  readonly device: string
  readonly sizeGiB: number
  readonly type: string
  /** Only for types that are bought by them. */
  readonly iops?: number
  /** MiB a second; only for gp3. */
  readonly throughputMiB?: number
}

/** The disk of each node. */
export function volumeOf(group: NodeGroupShape): Volume {
  const type = group.volumeType ?? DEFAULT_VOLUME_TYPE
  return {
    device: deviceOf(amiFamilyOf(group)),
    sizeGiB: group.volumeSize ?? DEFAULT_VOLUME_GIB,
    type,
    ...iopsOf(type, group.volumeIOPS),
    ...(type === 'gp3' ? { throughputMiB: group.volumeThroughput ?? GP3_THROUGHPUT_MIB } : {}),
  }
}

function deviceOf(family: string): string {
  if (isBottlerocket(family)) return BOTTLEROCKET_DATA_DEVICE
  return isWindows(family) ? WINDOWS_ROOT_DEVICE : ROOT_DEVICE
}

// eksctl's defaults for io1 and io2 are 100 (DefaultNodeVolumeIO1IOPS, DefaultNodeVolumeIO2IOPS).
const DEFAULT_IOPS: Readonly<Record<string, number>> = { gp3: GP3_IOPS, io1: 100, io2: 100 }

function iopsOf(type: string, asked: number | undefined): { readonly iops?: number } {
  const usual = DEFAULT_IOPS[type]
  return usual === undefined ? {} : { iops: asked ?? usual }
}

export interface NodeTaint {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

/** The taints of a group: a list, or, in older files of self-managed groups, a map of keys to `value:effect`. */
export function taintsOf({
  taints = [],
}: {
  readonly taints?: readonly NodeTaint[] | Readonly<Record<string, string>>
}): readonly NodeTaint[] {
  // Array.isArray doesn't tell a readonly list from the map.
  if (Array.isArray(taints)) return taints as readonly NodeTaint[]
  return Object.entries(taints).map(([key, text]) => {
    const [value = '', effect = ''] = String(text).includes(':')
      ? String(text).split(':')
      : ['', String(text)]
    // The API refuses an effect that Kubernetes does not have.
    return { key, ...(value === '' ? {} : { value }), effect: effect as NodeTaint['effect'] }
  })
}

/** True where the capacity of a managed group is a block that was bought. */
export function isCapacityBlock({ instanceMarketOptions }: NodeGroupShape): boolean {
  return instanceMarketOptions?.marketType === 'capacity-block'
}
