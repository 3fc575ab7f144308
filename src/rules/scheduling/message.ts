// Owns the words in which the scheduler says why a pod fits nowhere.
// Source: kubernetes pkg/scheduler/framework/types.go (FitError) and framework/preemption.
import type { Rejection } from './filters.ts'

/** The minor version of Kubernetes whose words are used where none is told. */
export const NEWEST = 35
const UNTOLERATED = 'node(s) had untolerated taint'

export const NO_NODES = 'no nodes available to schedule pods'
export const NO_VICTIMS = 'No preemption victims found for incoming pod'
export const NOT_HELPFUL = 'Preemption is not helpful for scheduling'

/**
 * `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {k: v}.` Reasons are counted over
 * nodes and sorted as text, the count being part of it.
 */
export function fitMessage(
  nodeCount: number,
  rejections: Iterable<Pick<Rejection, 'reasons'>>,
  minor = NEWEST,
): string {
  const counts = new Map<string, number>()
  for (const { reasons } of rejections) {
    for (const given of reasons) {
      const reason = wordsOf(given, minor)
      counts.set(reason, (counts.get(reason) ?? 0) + 1)
    }
  }
  const parts = Array.from(counts, ([reason, count]) => `${count} ${reason}`).toSorted()
  return `0/${nodeCount} nodes are available:${parts.length > 0 ? ` ${parts.join(', ')}.` : ''}`
}

// 1.35 does not tell which taint it was.
function wordsOf(reason: string, minor: number): string {
  return minor >= 35 && reason.startsWith(UNTOLERATED) ? `${UNTOLERATED}(s)` : reason
}

/** The whole message, with what preemption had to say, if anything. From 1.34 on, claims are asked before it. */
export function unschedulableMessage(fit: string, preemption: string | undefined, minor = NEWEST): string {
  if (preemption === undefined) return fit
  return `${fit} ${minor >= 34 ? 'no new claims to deallocate, ' : ''}preemption: ${preemption}`
}
