// Owns how many nodes of a pool may be disrupted at once.
// Source: kubernetes-sigs/karpenter pkg/apis/v1/nodepool.go (GetAllowedDisruptionsByReason): the strictest active budget.
import { parseGoDuration } from '../../base/go-duration.ts'
import type { DisruptionBudget, NodePool } from '../../rules/auto-mode/node-pool.ts'
import { nextTime, parseSchedule } from '../../rules/kubernetes/cron-schedule.ts'
import { resolveIntOrPercent } from '../objects/percent.ts'

export type DisruptionReason = 'Empty' | 'Underutilized'

const DEFAULT: readonly DisruptionBudget[] = [{ nodes: '10%' }]

/**
 * Nodes of the pool that may go at one time.
 * @param total nodes that the pool has
 */
export function allowedDisruptions(
  { spec }: Pick<NodePool, 'spec'>,
  of: { readonly reason: DisruptionReason; readonly total: number; readonly nowMs: number },
): number {
  const budgets = spec.disruption?.budgets ?? DEFAULT
  const active = budgets.filter(
    ({ reasons, ...budget }) => (!reasons || reasons.includes(of.reason)) && isActive(budget, of.nowMs),
  )
  return Math.min(
    ...active.map(({ nodes }) => resolveIntOrPercent(nodes, of.total, 'up')),
    Number.POSITIVE_INFINITY,
  )
}

/** Without a schedule always; else for its duration from each time it is due (UTC). */
function isActive({ schedule, duration }: DisruptionBudget, nowMs: number): boolean {
  const durationMs = parseGoDuration(duration ?? '')
  if (schedule === undefined || durationMs === undefined) return true
  const due = nextTime(parseSchedule(schedule), nowMs - durationMs)
  return due !== undefined && due <= nowMs
}
