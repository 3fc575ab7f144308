// Owns which volume suits which claim, and whether the two are bound. Pure.
// Source: kubernetes pkg/volume/util (FindMatchingVolume), component-helpers storage/volume/pv_helpers.go.
import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../../generated/kubernetes.d.ts'
import { parseMilli } from '../../base/quantity.ts'
import { matchesLabelSelector } from '../scheduling/label-selector.ts'
import { matchesNodeTerm } from '../scheduling/node-affinity.ts'
import { classNameOf } from './storage.ts'

/** Says on a claim and its volume that the controller has bound them to each other. */
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
/** Says that it was the controller, and not a user, that chose. */
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
/** The node for which the scheduler wants a claim's volume. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
/** Who is asked to make a claim's volume; the second name was there first. */
export const PROVISIONER_ANNOTATIONS = [
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
] as const
/** Who made a volume. */
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
/** The provisioner of classes whose volumes are made by hand. */
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner'

type NodeLabels = { readonly metadata: Pick<Node['metadata'], 'name' | 'labels'> }

/** True once a claim and its volume have been bound to each other. */
export function isBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return Boolean(spec?.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined
}

/** True for a claim that waits for the scheduler to choose a node first. */
export function waitsForConsumer(storageClass: StorageClass | undefined): boolean {
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer'
}

/** True when a volume is reserved for, or bound to, a claim. */
export function isClaimedBy({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const claim = spec?.claimRef
  if (claim?.name !== metadata.name || claim.namespace !== metadata.namespace) return false
  return !claim.uid || claim.uid === metadata.uid
}

/** True when a node can reach a volume. */
export function reaches(node: NodeLabels, { spec }: PersistentVolume): boolean {
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms
  return !terms || terms.some((term) => matchesNodeTerm(term, node))
}

/**
 * The volume for a claim: one reserved for it, else the smallest that suits it; undefined when there is none. With a
 * node, only volumes that it reaches; `reservedOnly` for claims that wait for one.
 */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  { node, reservedOnly = false }: { readonly node?: NodeLabels; readonly reservedOnly?: boolean } = {},
): PersistentVolume | undefined {
  const reserved = volumes.find((volume) => isClaimedBy(volume, claim))
  if (reserved) {
    return suits(reserved, claim) && (node === undefined || reaches(node, reserved)) ? reserved : undefined
  }
  if (reservedOnly) return undefined
  const suitable = volumes.filter(
    (volume) =>
      volume.spec?.claimRef === undefined &&
      volume.status?.phase === 'Available' &&
      !volume.metadata.deletionTimestamp &&
      (!claim.spec?.selector || matchesLabelSelector(claim.spec.selector, volume.metadata.labels)) &&
      classNameOf(volume) === classNameOf(claim) &&
      suits(volume, claim) &&
      (node === undefined || reaches(node, volume)),
  )
  return suitable.toSorted(bySize)[0]
}

function bySize(a: PersistentVolume, b: PersistentVolume): number {
  const [left, right] = [sizeOf(a.spec?.capacity), sizeOf(b.spec?.capacity)]
  if (left === right) return a.metadata.name < b.metadata.name ? -1 : 1
  return left < right ? -1 : 1
}

function suits({ spec: volume }: PersistentVolume, { spec: claim }: PersistentVolumeClaim): boolean {
  const modes: readonly string[] = volume?.accessModes ?? []
  return (
    (volume?.volumeMode ?? 'Filesystem') === (claim?.volumeMode ?? 'Filesystem') &&
    (volume?.volumeAttributesClassName ?? '') === (claim?.volumeAttributesClassName ?? '') &&
    sizeOf(volume?.capacity) >= sizeOf(claim?.resources?.requests) &&
    (claim?.accessModes ?? []).every((mode) => modes.includes(mode))
  )
}

function sizeOf(amounts: Readonly<Record<string, string>> | undefined): bigint {
  return parseMilli(amounts?.['storage'] ?? '0')
}

/** The CSI driver that works for a provisioner: in-tree names are those of their drivers (CSI migration). */
export function driverOf(provisioner: string): string {
  return provisioner === 'kubernetes.io/aws-ebs' ? 'ebs.csi.aws.com' : provisioner
}
