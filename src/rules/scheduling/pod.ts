// Owns what controllers read off a pod: readiness, availability, whether it still counts.
// Source: kubernetes pkg/api/v1/pod/util.go and pkg/controller/controller_utils.go.
import type { Pod, PodCondition } from '../../../generated/kubernetes.d.ts'
import { isConditionTrue } from '../kubernetes/conditions.ts'

/** The condition of that type, if the pod has it. */
export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type)
}

const OS_LABELS = ['kubernetes.io/os', 'beta.kubernetes.io/os']

/** True for pods that say that their images are those of Windows: by `spec.os`, or by the nodes that they ask for. */
export function isForWindows({ spec }: Pick<Pod, 'spec'>): boolean {
  if (spec.os) return spec.os.name === 'windows'
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  // One of the terms is enough for a node, and so each of them has to leave Windows alone.
  const leaveWindows = (terms ?? []).map(({ matchExpressions = [] }) =>
    matchExpressions.some(
      ({ key, operator, values = [] }) =>
        OS_LABELS.includes(key) && operator === 'In' && values.every((value) => value === 'windows'),
    ),
  )
  return (
    OS_LABELS.some((label) => spec.nodeSelector?.[label] === 'windows') ||
    (leaveWindows.length > 0 && leaveWindows.every(Boolean))
  )
}

/** True when the Ready condition is True. */
export function isPodReady(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, 'Ready')
}

/** True for pods that have run to their end. */
export function isPodTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** True for pods that count towards replicas: not at their end and not on their way out. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && !pod.metadata.deletionTimestamp
}

/** True for pods that are being deleted and have not run to their end yet. */
export function isPodTerminating(pod: Pod): boolean {
  return !isPodTerminal(pod) && Boolean(pod.metadata.deletionTimestamp)
}

/**
 * Milliseconds until a ready pod has been ready for `minReadySeconds`: 0 when it is available, undefined when it
 * is not ready at all.
 */
export function untilAvailableMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  if (!isPodReady(pod)) return undefined
  if (minReadySeconds === 0) return 0
  const since = podCondition(pod, 'Ready')?.lastTransitionTime
  if (since === undefined) return minReadySeconds * 1000
  return Math.max(0, Date.parse(since) + minReadySeconds * 1000 - nowMs)
}

/** True when the pod is ready and has been for `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  return untilAvailableMs(pod, minReadySeconds, nowMs) === 0
}

/** The soonest moment, from now in milliseconds, at which one of the pods becomes available; undefined for none. */
export function nextAvailableMs(
  pods: readonly Pod[],
  minReadySeconds: number,
  nowMs: number,
): number | undefined {
  const waits = pods
    .map((pod) => untilAvailableMs(pod, minReadySeconds, nowMs))
    .filter((wait) => wait !== undefined && wait > 0) as number[]
  return waits.length === 0 ? undefined : Math.min(...waits)
}
