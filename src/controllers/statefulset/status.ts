// Owns what is counted of the pods of a stateful set. Pure.
// Source: kubernetes pkg/controller/statefulset/stateful_set_control.go (computeReplicaStatus, completeRollingUpdate).
import type { Pod, StatefulSet, StatefulSetStatus } from '../../../generated/kubernetes.d.ts'
import { isPodAvailable, isPodReady } from '../../rules/scheduling/pod.ts'
import { revisionOf, sizeOf } from './identity.ts'

/** True for pods that run and pass their checks. */
export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isPodReady(pod)
}

/** True for pods that run and have been ready for long enough. */
export function isRunningAndAvailable(pod: Pod, { spec }: StatefulSet, nowMs: number): boolean {
  return pod.status?.phase === 'Running' && isPodAvailable(pod, spec.minReadySeconds ?? 0, nowMs)
}

/** The revisions that a status names. */
export interface Revisions {
  /** Names of the revisions that pods are of, and are to be of. */
  readonly current: string
  readonly update: string
  readonly collisionCount: number
}

/** The status of the set with these pods; a rolling update that is through makes its revision the current one. */
export function statefulSetStatus(
  set: StatefulSet,
  pods: readonly Pod[],
  { revisions, nowMs }: { readonly revisions: Revisions; readonly nowMs: number },
): StatefulSetStatus {
  const { current, update, collisionCount } = revisions
  const staying = pods.filter(({ metadata }) => !metadata.deletionTimestamp)
  const status: StatefulSetStatus = {
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    replicas: pods.length,
    readyReplicas: pods.filter(isRunningAndReady).length,
    availableReplicas: pods.filter((pod) => isRunningAndAvailable(pod, set, nowMs)).length,
    currentReplicas: staying.filter((pod) => revisionOf(pod) === current).length,
    updatedReplicas: staying.filter((pod) => revisionOf(pod) === update).length,
    currentRevision: current,
    updateRevision: update,
    collisionCount,
  }
  const isThrough = [status.updatedReplicas, status.readyReplicas, status.replicas].every(
    (count) => count === sizeOf(set),
  )
  if (set.spec.updateStrategy?.type !== 'RollingUpdate' || !isThrough) return status
  return { ...status, currentReplicas: status.updatedReplicas ?? 0, currentRevision: update }
}
