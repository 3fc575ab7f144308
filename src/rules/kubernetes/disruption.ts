// Owns what disruption budgets ask for: which pods they are about, how many must be healthy, whether one may go.
// Source: kubernetes pkg/controller/disruption/disruption.go, pkg/registry/core/pod/storage/eviction.go.
import type { Condition, Pod, PodDisruptionBudget } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { isPodReady } from '../scheduling/pod.ts'
import { matchesLabelSelector, selectsEverything } from '../scheduling/label-selector.ts'

/** How long an eviction that was allowed may take before the pod counts again. */
export const DELETION_TIMEOUT_MS = 2 * 60_000
export const DISRUPTION_ALLOWED = 'DisruptionAllowed'

type Status = NonNullable<PodDisruptionBudget['status']>

/** True when the budget is about the pod; one with an empty selector is about all pods of its namespace. */
export function coversPod({ metadata, spec }: PodDisruptionBudget, pod: Pod): boolean {
  if (metadata.namespace !== pod.metadata.namespace) return false
  return matchesLabelSelector(spec?.selector, pod.metadata.labels)
}

/** The healthy pods that the budget asks for, out of those expected. Percentages are rounded up. */
export function desiredHealthy({ spec }: PodDisruptionBudget, expected: number): number {
  const { minAvailable, maxUnavailable } = spec ?? {}
  if (maxUnavailable !== undefined) return Math.max(0, expected - scaled(maxUnavailable, expected))
  return minAvailable === undefined ? 0 : scaled(minAvailable, expected)
}

/** True when the expected pods are those that controllers are to have, and not those that there are. */
export function countsByScale({ spec }: PodDisruptionBudget): boolean {
  return spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string'
}

function scaled(value: number | string, total: number): number {
  if (typeof value === 'number') return value
  return Math.ceil((Number.parseInt(value, 10) * total) / 100)
}

/** Pods that are ready, and neither being deleted nor about to be. */
export function countHealthy(
  pods: readonly Pod[],
  disrupted: Readonly<Record<string, string>>,
  nowMs: number,
): number {
  return pods.filter((pod) => {
    const disruptedAt = own(disrupted, pod.metadata.name)
    const isGoing = disruptedAt !== undefined && Date.parse(disruptedAt) + DELETION_TIMEOUT_MS > nowMs
    return !pod.metadata.deletionTimestamp && !isGoing && isPodReady(pod)
  }).length
}

/** The condition that says whether a pod may go, with its time kept while nothing changes. */
export function disruptionCondition(
  { conditions = [] }: Status,
  next: { readonly allowed: boolean; readonly observedGeneration: number; readonly now: string },
): Condition {
  const status = next.allowed ? 'True' : 'False'
  const before = conditions.find(({ type }) => type === DISRUPTION_ALLOWED)
  return {
    type: DISRUPTION_ALLOWED,
    status,
    observedGeneration: next.observedGeneration,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : next.now,
    reason: next.allowed ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  }
}

/** Why the budget lets no pod go now; undefined when it does. */
export function budgetRefusal({
  metadata: { name, generation = 0 },
  status,
}: PodDisruptionBudget): string | undefined {
  const budget = `The disruption budget ${name}`
  if ((status?.observedGeneration ?? 0) < generation)
    return `${budget} is still being processed by the server.`
  if ((status?.disruptionsAllowed ?? 0) > 0) return undefined
  const { currentHealthy = 0, desiredHealthy: desired = 0, conditions = [] } = status ?? {}
  const condition = conditions.find(({ type, status: is, message }) => {
    return type === DISRUPTION_ALLOWED && is === 'False' && message !== ''
  })
  if (condition?.reason === 'SyncFailed') {
    return `${budget} does not allow evicting pods currently because it failed sync: ${condition.message}`
  }
  if (currentHealthy <= desired) {
    return `${budget} needs ${desired} healthy pods and has ${currentHealthy} currently`
  }
  const why = condition ? ` (${condition.reason}): ${condition.message}` : ''
  return `${budget} does not allow evicting pods currently${why}`
}

/**
 * True when an unready pod may go whatever the budget still allows: always by policy, else while enough others are
 * healthy, since its going disrupts nothing.
 */
export function letsUnhealthyGo({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy: desired = 0 } = status ?? {}
  return currentHealthy >= desired && desired > 0
}

/**
 * Which of the pods, taken in order, may not go by the budgets as they stand, and which may. A pod whose going was
 * allowed already counts no more, and here a budget with an empty selector is about no pod.
 * Source: pkg/scheduler/framework/plugins/defaultpreemption (filterPodsWithPDBViolation).
 */
export function splitByBudgets(
  pods: readonly Pod[],
  budgets: readonly PodDisruptionBudget[],
): { readonly violating: readonly Pod[]; readonly others: readonly Pod[] } {
  const left = new Map(budgets.map((budget) => [budget, budget.status?.disruptionsAllowed ?? 0]))
  const violating: Pod[] = []
  const others: Pod[] = []
  for (const pod of pods) {
    let violates = false
    for (const [budget, allowed] of left) {
      const isCounted = own(budget.status?.disruptedPods, pod.metadata.name) !== undefined
      if (isCounted || selectsEverything(budget.spec?.selector) || !coversPod(budget, pod)) continue
      left.set(budget, allowed - 1)
      if (allowed <= 0) violates = true
    }
    ;(violates ? violating : others).push(pod)
  }
  return { violating, others }
}

/** The status of a budget after one more of its pods was let go. */
export function afterDisruption({ status = {} }: PodDisruptionBudget, pod: string, now: string): Status {
  const disruptionsAllowed = (status.disruptionsAllowed ?? 0) - 1
  const { observedGeneration = 0, conditions = [], disruptedPods } = status
  const others = conditions.filter(({ type }) => type !== DISRUPTION_ALLOWED)
  return {
    ...status,
    disruptionsAllowed,
    disruptedPods: { ...disruptedPods, [pod]: now },
    ...(disruptionsAllowed === 0
      ? { conditions: [...others, disruptionCondition(status, { allowed: false, observedGeneration, now })] }
      : {}),
  }
}
