// Owns the arithmetic of roll-outs: how many pods of the new and the old replica sets there may be. Pure.
// Source: kubernetes pkg/controller/deployment/rolling.go and util/deployment_util.go.
import type { Deployment, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import { resolveIntOrPercent } from '../objects/percent.ts'

/** A change of size that a pass decides on. */
export interface Resize {
  readonly set: ReplicaSet
  readonly replicas: number
}

/** Desired replicas; 1 when the manifest does not say. */
export function sizeOf(owner: { readonly spec: { readonly replicas?: number } }): number {
  return owner.spec.replicas ?? 1
}

/** Desired replicas of all sets together. */
export function totalSize(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + sizeOf(set), 0)
}

/** Available pods of all sets together, as their status says. */
export function totalAvailable(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0)
}

/**
 * maxSurge and maxUnavailable as numbers of pods. Surge rounds up and unavailable down; were both 0, no roll-out
 * could begin, so that unavailable becomes 1. Both are 0 for Recreate.
 */
export function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const { strategy } = deployment.spec
  const desired = sizeOf(deployment)
  if (strategy?.type === 'Recreate') return { surge: 0, unavailable: 0 }
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy?.rollingUpdate ?? {}
  const surge = resolveIntOrPercent(maxSurge, desired, 'up')
  const unavailable = resolveIntOrPercent(maxUnavailable, desired, 'down')
  return { surge, unavailable: Math.min(surge === 0 && unavailable === 0 ? 1 : unavailable, desired) }
}

/** The size that the new replica set may have now, given all replica sets (the new one among them). */
export function newSetSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const desired = sizeOf(deployment)
  if (deployment.spec.strategy?.type === 'Recreate') return desired
  const room = desired + fenceposts(deployment).surge - totalSize(all)
  if (room <= 0) return current
  return current + Math.min(room, desired - current)
}

/** How the old replica sets may shrink now: unhealthy pods first, then as availability allows. */
export function shrinkOld(
  deployment: Deployment,
  newSet: ReplicaSet,
  old: readonly ReplicaSet[],
): readonly Resize[] {
  if (totalSize(old) === 0) return []
  const minAvailable = sizeOf(deployment) - fenceposts(deployment).unavailable
  const newUnavailable = sizeOf(newSet) - (newSet.status?.availableReplicas ?? 0)
  const budget = totalSize([...old, newSet]) - minAvailable - newUnavailable
  if (budget <= 0) return []
  const oldestFirst = byCreation(old)
  const cleaned = removeUnhealthy(oldestFirst, budget)
  const spare = totalAvailable([...old, newSet]) - minAvailable
  return merge(oldestFirst, takeAway(cleaned, spare))
}

function removeUnhealthy(sets: readonly ReplicaSet[], budget: number): Map<ReplicaSet, number> {
  const sizes = new Map(sets.map((set) => [set, sizeOf(set)]))
  let left = budget
  for (const set of sets) {
    const unhealthy = sizeOf(set) - (set.status?.availableReplicas ?? 0)
    const removed = Math.max(0, Math.min(left, unhealthy))
    sizes.set(set, sizeOf(set) - removed)
    left -= removed
  }
  return sizes
}

function takeAway(sizes: ReadonlyMap<ReplicaSet, number>, spare: number): Map<ReplicaSet, number> {
  const result = new Map(sizes)
  let left = Math.max(0, spare)
  for (const [set, size] of sizes) {
    const removed = Math.min(size, left)
    result.set(set, size - removed)
    left -= removed
  }
  return result
}

function merge(sets: readonly ReplicaSet[], sizes: ReadonlyMap<ReplicaSet, number>): readonly Resize[] {
  return sets
    .map((set) => ({ set, replicas: sizes.get(set) ?? sizeOf(set) }))
    .filter(({ set, replicas }) => replicas !== sizeOf(set))
}

/** Oldest first; equals by name. */
export function byCreation(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.toSorted(
    (a, b) => compare(createdAt(a), createdAt(b)) || compare(a.metadata.name, b.metadata.name),
  )
}

function createdAt(set: ReplicaSet): string {
  return set.metadata.creationTimestamp
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
