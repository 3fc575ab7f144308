// Owns the disruption controller: how many pods each budget may still lose.
// Source: kubernetes pkg/controller/disruption/disruption.go.
import type { LabelSelector, Pod, PodDisruptionBudget } from '../../../generated/kubernetes.d.ts'
import { formatTimestamp, timestamp } from '../../base/clock.ts'
import { isConflict, isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { Resource } from '../../kubernetes/client/client.ts'
import {
  deployments,
  podDisruptionBudgets,
  pods as podResource,
  replicaSets,
} from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, Informer, ReconcileResult } from '../../reconcile/controller.ts'
import {
  countHealthy,
  countsByScale,
  coversPod,
  DELETION_TIMEOUT_MS,
  desiredHealthy,
  DISRUPTION_ALLOWED,
  disruptionCondition,
} from '../../rules/kubernetes/disruption.ts'
import { isPodReady } from '../../rules/scheduling/pod.ts'
import { isSameStatus } from '../objects/state.ts'
import { expectedPods, type ScaleSource } from './expected.ts'
import { transitionTime } from '../../rules/kubernetes/conditions.ts'

const FROM = 'controllermanager'

interface Parts extends ScaleSource {
  readonly budgets: Informer<PodDisruptionBudget>
  readonly pods: Informer<Pod>
}

type Status = NonNullable<PodDisruptionBudget['status']>

/** The control loop of disruption budgets. */
export function createDisruptionController(
  context: ControllerContext,
  { resources }: { readonly resources: () => readonly Resource[] },
): Controller {
  const parts: Parts = {
    context,
    resources,
    budgets: context.informer(podDisruptionBudgets),
    pods: context.informer(podResource),
    sets: context.informer(replicaSets),
    deployments: context.informer(deployments),
  }
  return {
    name: 'disruption',
    sources: [
      parts.budgets.source(),
      {
        subscribe: (enqueue) =>
          parts.pods.onChange(({ before, after }) => {
            if (before && after && !countsAnew(before, after)) return
            for (const pod of [before, after]) {
              if (pod) for (const budget of budgetsOf(parts, pod)) enqueue(keyOf(budget))
            }
          }),
      },
    ],
    reconcile: (key) => reconcile(parts, key),
  }
}

function budgetsOf({ budgets }: Parts, pod: Pod): PodDisruptionBudget[] {
  return budgets.list(pod.metadata.namespace).filter((budget) => coversPod(budget, pod))
}

/** True when a change of a pod can change what a budget says; most changes of a status cannot. */
function countsAnew(before: Pod, after: Pod): boolean {
  return (
    isPodReady(before) !== isPodReady(after) ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    !deepEqual(before.metadata.labels, after.metadata.labels) ||
    !deepEqual(before.metadata.ownerReferences, after.metadata.ownerReferences)
  )
}

async function reconcile(parts: Parts, key: string): Promise<ReconcileResult | void> {
  const budget = parts.budgets.get(key)
  if (!budget) return
  try {
    return await recount(parts, budget)
  } catch (error) {
    if (isConflict(error)) throw error
    if (isNotFound(error) && !parts.budgets.get(key)) return
    await failSafe(parts, budget, messageOf(error))
  }
}

async function recount(parts: Parts, budget: PodDisruptionBudget): Promise<ReconcileResult | void> {
  const { context } = parts
  const nowMs = context.clock.now()
  const pods = parts.pods.list(budget.metadata.namespace).filter((pod) => coversPod(budget, pod))
  if (pods.length === 0) tell(parts, budget, ['Normal', 'NoPods', 'No matching pods found'])
  const expected = await countExpected(parts, budget, pods)
  const desired = desiredHealthy(budget, expected)
  const disruptedPods = stillDisrupted(parts, budget, { pods, nowMs })
  const healthy = countHealthy(pods, disruptedPods, nowMs)
  const disruptionsAllowed = expected > 0 ? Math.max(0, healthy - desired) : 0
  const { generation: observedGeneration = 0 } = budget.metadata
  const before = budget.status ?? {}
  const now = timestamp(context.clock)
  const condition = disruptionCondition(before, { allowed: disruptionsAllowed > 0, observedGeneration, now })
  await write(parts, budget, {
    observedGeneration,
    disruptionsAllowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: [...(before.conditions ?? []).filter(({ type }) => type !== DISRUPTION_ALLOWED), condition],
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
  })
  const expiries = Object.values(disruptedPods).map((at) => Date.parse(at) + DELETION_TIMEOUT_MS - nowMs)
  return expiries.length > 0 ? { requeueAfterMs: Math.max(1000, Math.min(...expiries) + 1) } : undefined
}

async function countExpected(
  parts: Parts,
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
): Promise<number> {
  if (budget.spec?.minAvailable === undefined && budget.spec?.maxUnavailable === undefined) return 0
  if (!countsByScale(budget)) return pods.length
  try {
    const { count, unmanaged } = await expectedPods(parts, pods)
    if (unmanaged.length > 0) tell(parts, budget, ['Warning', 'UnmanagedPods', unmanagedText(budget)])
    return count
  } catch (error) {
    const message = `Failed to calculate the number of expected pods: ${messageOf(error)}`
    tell(parts, budget, ['Warning', 'CalculateExpectedPodCountFailed', message])
    throw error
  }
}

function unmanagedText({ spec }: PodDisruptionBudget): string {
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${formatSelector(spec?.selector)}) were found to be unmanaged. ` +
    'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
    'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
  )
}

// Go's generated String method of a LabelSelector.
function formatSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.entries(matchLabels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`)
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`
}

/** The pods whose eviction was allowed and that are still to be deleted; those that take too long count again. */
function stillDisrupted(
  { context }: Parts,
  { metadata, status }: PodDisruptionBudget,
  { pods, nowMs }: { readonly pods: readonly Pod[]; readonly nowMs: number },
): Record<string, string> {
  const disrupted = new Map(Object.entries(status?.disruptedPods ?? {}))
  const left: Record<string, string> = {}
  for (const pod of disrupted.size > 0 ? pods : []) {
    const { name, deletionTimestamp } = pod.metadata
    const at = disrupted.get(name)
    if (at === undefined || deletionTimestamp) continue
    if (Date.parse(at) + DELETION_TIMEOUT_MS >= nowMs) left[name] = formatTimestamp(Date.parse(at))
    else {
      // Upstream names the namespace twice.
      const message = `Pod was expected by PDB ${metadata.namespace}/${metadata.namespace} to be deleted but it wasn't`
      context.event(pod, { type: 'Warning', reason: 'NotDeleted', message, from: FROM })
    }
  }
  return left
}

/** Lets no pod go while the budget cannot be counted. */
async function failSafe(parts: Parts, budget: PodDisruptionBudget, message: string): Promise<void> {
  const status: Status = budget.status ?? {}
  const before = status.conditions?.find(({ type }) => type === DISRUPTION_ALLOWED)
  const now = timestamp(parts.context.clock)
  const condition = {
    type: DISRUPTION_ALLOWED,
    status: 'False' as const,
    observedGeneration: status.observedGeneration ?? 0,
    lastTransitionTime: transitionTime(before, 'False', now),
    reason: 'SyncFailed',
    message,
  }
  const others = (status.conditions ?? []).filter(({ type }) => type !== DISRUPTION_ALLOWED)
  await write(parts, budget, { ...status, disruptionsAllowed: 0, conditions: [...others, condition] })
}

async function write({ context }: Parts, budget: PodDisruptionBudget, status: Status): Promise<void> {
  if (isSameStatus(status, budget.status)) return
  await context.client.updateStatus(podDisruptionBudgets, { ...budget, status })
}

function tell(
  { context }: Parts,
  budget: PodDisruptionBudget,
  [type, reason, message]: readonly ['Normal' | 'Warning', string, string],
): void {
  context.event(budget, { type, reason, message, from: FROM })
}
