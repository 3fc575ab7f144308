// Owns what the claims of a pod have to say about where it goes: whether it can go anywhere yet, and to which nodes.
// Source: kubernetes pkg/scheduler/framework/plugins/{volumebinding,volumerestrictions,volumezone,nodevolumelimits}.
import type { Node, PersistentVolumeClaim, Pod, StorageClass } from '../../../generated/kubernetes.d.ts'
import {
  findVolume,
  isBound,
  NO_PROVISIONER,
  reaches,
  SELECTED_NODE,
  waitsForConsumer,
} from '../kubernetes/volume-binding.ts'
import { classNameOf } from '../kubernetes/storage.ts'
import { claimNamesOf, ephemeralClaimName } from './claim-names.ts'
import type { NodeFilter } from './filters.ts'
import type { StorageLookup } from './storage-lookup.ts'
import { volumeLimits } from './volume-limits.ts'

/** What a pod's claims ask for. */
export interface ClaimCheck {
  /** Set when the pod can go nowhere yet: it holds for all nodes. */
  readonly nowhere?: string
  /** Why one node is out; undefined when it will do. */
  rejects(node: Node): string | undefined
  /** Nodes that have too many volumes already; pods of theirs may make room. */
  readonly limits: NodeFilter
  /** Claims that wait for a node: they are to be told of it, and bound, before the pod is. */
  readonly waiting: readonly PersistentVolumeClaim[]
}

const CONFLICT = "node(s) didn't find available persistent volumes to bind"
const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
const NO_VOLUME = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'
const IN_USE =
  'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod'

const NOTHING: ClaimCheck = { rejects: () => undefined, limits: () => undefined, waiting: [] }

/** Looks at the claims of a pod. */
export function checkClaims(pod: Pod, storage: StorageLookup): ClaimCheck {
  const names = claimNamesOf(pod)
  if (names.length === 0) return NOTHING
  const claims: PersistentVolumeClaim[] = []
  for (const name of names) {
    const claim = storage.claim(pod.metadata.namespace ?? '', name)
    const problem = claim ? claimProblem(claim) : missing(pod, name)
    if (problem !== undefined) return { ...NOTHING, nowhere: problem }
    if (claim) claims.push(claim)
  }
  const unbound = claims.filter((claim) => !isBound(claim))
  const waiting = unbound.filter((claim) => waitsForConsumer(storage.storageClass(classNameOf(claim))))
  if (waiting.length < unbound.length) {
    return { ...NOTHING, nowhere: 'pod has unbound immediate PersistentVolumeClaims' }
  }
  const inUse = claims.some((claim) => isExclusivelyUsed(pod, claim, storage))
  return {
    waiting,
    limits: volumeLimits(pod, storage),
    rejects: (node) => (inUse ? IN_USE : firstReason(claims, node, storage)),
  }
}

function missing(pod: Pod, name: string): string {
  const isEphemeral = (pod.spec.volumes ?? []).some(
    (volume) => volume.ephemeral && ephemeralClaimName(pod, volume.name) === name,
  )
  return isEphemeral
    ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
    : `persistentvolumeclaim "${name}" not found`
}

function claimProblem({ metadata, spec, status }: PersistentVolumeClaim): string | undefined {
  if (status?.phase === 'Lost') {
    return `persistentvolumeclaim "${metadata.name}" bound to non-existent persistentvolume "${spec?.volumeName ?? ''}"`
  }
  return metadata.deletionTimestamp ? `persistentvolumeclaim "${metadata.name}" is being deleted` : undefined
}

function isExclusivelyUsed(
  pod: Pod,
  { metadata, spec }: PersistentVolumeClaim,
  storage: StorageLookup,
): boolean {
  return (
    (spec?.accessModes ?? []).includes('ReadWriteOncePod') &&
    storage.isUsed(metadata.namespace ?? '', metadata.name, pod.metadata.uid)
  )
}

function firstReason(
  claims: readonly PersistentVolumeClaim[],
  node: Node,
  storage: StorageLookup,
): string | undefined {
  for (const claim of claims) {
    const reason = isBound(claim) ? boundReason(claim, node, storage) : waitingReason(claim, node, storage)
    if (reason !== undefined) return reason
  }
  return undefined
}

function boundReason(
  { spec }: PersistentVolumeClaim,
  node: Node,
  storage: StorageLookup,
): string | undefined {
  const volume = storage.volume(spec?.volumeName ?? '')
  if (!volume) return NO_VOLUME
  return reaches(node, volume) ? undefined : NODE_CONFLICT
}

function waitingReason(claim: PersistentVolumeClaim, node: Node, storage: StorageLookup): string | undefined {
  const selected = claim.metadata.annotations?.[SELECTED_NODE]
  // Its volume is on the way there.
  if (selected !== undefined) return selected === node.metadata.name ? undefined : CONFLICT
  const className = classNameOf(claim)
  if (findVolume(claim, storage.volumesOfClass(className), { node })) return undefined
  const storageClass = storage.storageClass(className)
  if (!storageClass || storageClass.provisioner === NO_PROVISIONER) return CONFLICT
  return isAllowed(storageClass, node) ? undefined : CONFLICT
}

function isAllowed({ allowedTopologies = [] }: StorageClass, { metadata }: Node): boolean {
  if (allowedTopologies.length === 0) return true
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(metadata.labels?.[key] ?? '')),
  )
}
