// Owns the words in which the scheduler says why a pod fits nowhere.
// Source: kubernetes pkg/scheduler/framework/types.go (FitError) and framework/preemption.
import type { Rejection } from './filters.ts'

export const NO_NODES = 'no nodes available to schedule pods'
export const NO_VICTIMS = 'No preemption victims found for incoming pod'
export const NOT_HELPFUL = 'Preemption is not helpful for scheduling'

/**
 * `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {k: v}.` Reasons are counted over
 * nodes and sorted as text, the count being part of it.
 */
export function fitMessage(nodeCount: number, rejections: Iterable<Pick<Rejection, 'reasons'>>): string {
  const counts = new Map<string, number>()
  for (const { reasons } of rejections) {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const parts = Array.from(counts, ([reason, count]) => `${count} ${reason}`).toSorted()
  return `0/${nodeCount} nodes are available:${parts.length > 0 ? ` ${parts.join(', ')}.` : ''}`
}

/** The whole message, with what preemption had to say, if anything. */
export function unschedulableMessage(fit: string, preemption: string | undefined): string {
  return preemption === undefined ? fit : `${fit} preemption: ${preemption}`
}
