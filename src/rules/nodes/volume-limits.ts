// Owns how many volumes of EBS a node takes: what its type attaches, less what is attached to it anyway. Pure.
// Source: kubernetes-sigs/aws-ebs-csi-driver pkg/driver/node.go (getVolumesLimit), AWS's page on volume limits.
import { typeDetails } from './instance-types.ts'

const DEFAULT = [27, 'shared'] as const
/** Of types before Nitro: 40 with the root volume. */
const XEN = [39, 'dedicated'] as const

export interface NodeAttachments {
  /** Volumes that the instance was launched with, that of its root included. */
  readonly volumes: number
  /** Network interfaces, the first included. */
  readonly interfaces: number
}

/** What an instance has where its launch template asks for nothing: a root volume and one network interface. */
export const PLAIN_NODE: NodeAttachments = { volumes: 1, interfaces: 1 }

/**
 * The volumes that pods on a node of the type can have at most, never fewer than one: none would count as no limit.
 * @param options as they are given to the driver: `--volume-attach-limit`, `--reserved-volume-attachments`
 */
export function ebsVolumeLimit(
  type: string,
  { volumes, interfaces }: NodeAttachments = PLAIN_NODE,
  options: { readonly limit?: number; readonly reserved?: number } = {},
): number {
  if (options.limit !== undefined) return options.limit
  const details = typeDetails(type)
  const [count, kind] = details.attachments ?? (details.hypervisor === 'xen' ? XEN : DEFAULT)
  const free = count - (options.reserved ?? volumes) - (kind === 'shared' ? interfaces - 1 : 0)
  return Math.max(1, free)
}
