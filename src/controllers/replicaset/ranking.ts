// Owns which pods go first when a replica set shrinks.
// Source: kubernetes pkg/controller/controller_utils.go (ActivePodsWithRanks).
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { isPodReady, podCondition } from '../../rules/scheduling/pod.ts'

const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

/**
 * The pods in the order in which they are deleted: unassigned, pending, not ready, cheap, doubled up on a node,
 * ready for less time, restarted more often, younger. `related` are the active pods of the same owner's replica
 * sets, which tell how crowded a node is.
 */
export function inDeletionOrder(pods: readonly Pod[], related: readonly Pod[], nowMs: number): Pod[] {
  const crowd = new Map<string, number>()
  for (const { spec } of related) {
    if (spec.nodeName) crowd.set(spec.nodeName, (crowd.get(spec.nodeName) ?? 0) + 1)
  }
  const rank = (pod: Pod): number => crowd.get(pod.spec.nodeName ?? '') ?? 0
  return pods.toSorted(
    (a, b) =>
      Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
      phaseOrder(a) - phaseOrder(b) ||
      Number(isPodReady(a)) - Number(isPodReady(b)) ||
      deletionCost(a) - deletionCost(b) ||
      rank(b) - rank(a) ||
      byAge(readySince(a), readySince(b), { a, b, nowMs }) ||
      restarts(b) - restarts(a) ||
      byAge(Date.parse(a.metadata.creationTimestamp), Date.parse(b.metadata.creationTimestamp), {
        a,
        b,
        nowMs,
      }),
  )
}

function phaseOrder(pod: Pod): number {
  return PHASE_ORDER[pod.status?.phase ?? 'Pending'] ?? 0
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? ''
  return /^-?(0|[1-9]\d*)$/.test(text) ? Number(text) : 0
}

function readySince(pod: Pod): number | undefined {
  const condition = podCondition(pod, 'Ready')
  return condition?.status === 'True' && condition.lastTransitionTime
    ? Date.parse(condition.lastTransitionTime)
    : undefined
}

// Ages are compared by their order of magnitude (KEP-2185), so that equals are told apart at random, by uid.
function byAge(
  a: number | undefined,
  b: number | undefined,
  { a: podA, b: podB, nowMs }: { a: Pod; b: Pod; nowMs: number },
): number {
  if (a === b || a === undefined || b === undefined) return 0
  const difference = magnitude(nowMs - a) - magnitude(nowMs - b)
  return difference || (podA.metadata.uid < podB.metadata.uid ? -1 : 1)
}

function magnitude(ageMs: number): number {
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount))
}
