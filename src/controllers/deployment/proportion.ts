// Owns scaling in the middle of a roll-out or while paused: every replica set takes its share. Pure.
// Source: kubernetes pkg/controller/deployment/sync.go (scale) and util (GetProportion).
import type { Deployment, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import { MAX_REPLICAS } from './annotations.ts'
import { byCreation, fenceposts, sizeOf, totalSize } from './rolling.ts'
import type { Resize } from './rolling.ts'

/**
 * The sizes that replica sets should take when the deployment has been scaled. A single active set takes all of
 * it; a complete roll-out leaves old sets at 0; otherwise the change is shared in proportion, the rest going to
 * the largest.
 */
export function shareScale(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): readonly Resize[] {
  const desired = sizeOf(deployment)
  const only = activeOrLatest(newSet, old)
  if (only) return [{ set: only, replicas: desired }]
  if (newSet && isSaturated(deployment, newSet)) {
    return active(old).map((set) => ({ set, replicas: 0 }))
  }
  if (deployment.spec.strategy?.type === 'Recreate') return []
  const sets = active(newSet ? [...old, newSet] : old)
  const allowed = desired > 0 ? desired + fenceposts(deployment).surge : 0
  const toAdd = allowed - totalSize(sets)
  return distribute(deployment, inOrder(sets, toAdd), toAdd)
}

function active(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter((set) => sizeOf(set) > 0)
}

function activeOrLatest(newSet: ReplicaSet | undefined, old: readonly ReplicaSet[]): ReplicaSet | undefined {
  const running = active(newSet ? [newSet, ...old] : old)
  if (running.length === 0) return newSet ?? byCreation(old).at(-1)
  return running.length === 1 ? running[0] : undefined
}

/** True when the new replica set has all that the deployment asks for, available. */
export function isSaturated(deployment: Deployment, newSet: ReplicaSet): boolean {
  const desired = sizeOf(deployment)
  return (
    sizeOf(newSet) === desired &&
    Number(newSet.metadata.annotations?.['deployment.kubernetes.io/desired-replicas']) === desired &&
    newSet.status?.availableReplicas === desired
  )
}

// Largest first; among equals the newer when growing and the older when shrinking.
function inOrder(sets: readonly ReplicaSet[], toAdd: number): ReplicaSet[] {
  const oldestFirst = byCreation(sets)
  const ordered = toAdd > 0 ? oldestFirst.toReversed() : oldestFirst
  return ordered.toSorted((a, b) => sizeOf(b) - sizeOf(a))
}

function distribute(deployment: Deployment, sets: readonly ReplicaSet[], toAdd: number): Resize[] {
  let added = 0
  const sizes = sets.map((set) => {
    const share = toAdd === 0 ? 0 : shareOf(deployment, set, toAdd - added)
    added += share
    return { set, replicas: sizeOf(set) + share }
  })
  return sizes.map(({ set, replicas }, index) => ({
    set,
    replicas: Math.max(0, index === 0 ? replicas + toAdd - added : replicas),
  }))
}

function shareOf(deployment: Deployment, set: ReplicaSet, left: number): number {
  const fraction = fractionOf(deployment, set)
  return left > 0 ? Math.min(fraction, left) : Math.max(fraction, left)
}

function fractionOf(deployment: Deployment, set: ReplicaSet): number {
  const size = sizeOf(set)
  if (sizeOf(deployment) === 0) return -size
  const { surge } = fenceposts(deployment)
  const before =
    Number(set.metadata.annotations?.[MAX_REPLICAS]) || (deployment.status?.replicas ?? 0) + surge
  // Round half away from zero, as integer.RoundToInt32 does; sizes are never negative.
  return Math.round((size * (sizeOf(deployment) + surge)) / before) - size
}
