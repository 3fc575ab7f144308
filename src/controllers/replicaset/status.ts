// Owns the status of a replica set or replication controller, computed from its pods.
// Source: kubernetes pkg/controller/replicaset/replica_set_utils.go.
import type { Pod, ReplicaSetCondition, ReplicaSetStatus } from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import { isPodAvailable, isPodReady } from '../../rules/scheduling/pod.ts'
import { matchesLabels } from '../../rules/scheduling/label-selector.ts'
import type { PodSet } from './set-kind.ts'

/** Why the last pass could not make or remove a pod. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete'
  readonly message: string
}

/** What a pass knows beside the active pods. */
export interface Findings {
  readonly nowMs: number
  /** Pods on their way out; undefined where the kind does not tell of them. */
  readonly terminating?: number | undefined
  readonly failure?: ReplicaFailure | undefined
}

/** The status that the set should have, given its active pods and what went wrong in this pass. */
export function replicaSetStatus(
  set: PodSet,
  pods: readonly Pod[],
  { nowMs, terminating, failure }: Findings,
): ReplicaSetStatus {
  const templateLabels = set.spec.template?.metadata?.labels ?? {}
  const { conditions: _conditions, ...previous } = set.status ?? { replicas: 0 }
  const conditions = withFailure(set, failure, formatTimestamp(nowMs))
  return {
    ...previous,
    replicas: pods.length,
    fullyLabeledReplicas: pods.filter((pod) => matchesLabels(templateLabels, pod.metadata.labels)).length,
    readyReplicas: pods.filter(isPodReady).length,
    availableReplicas: pods.filter((pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)).length,
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

function withFailure(set: PodSet, failure: ReplicaFailure | undefined, now: string): ReplicaSetCondition[] {
  const conditions = set.status?.conditions ?? []
  const existing = conditions.find((condition) => condition.type === 'ReplicaFailure')
  // An existing condition stays as it is: its time says when the trouble began.
  if (failure && existing) return conditions
  const others = conditions.filter((condition) => condition !== existing)
  if (!failure) return others
  return [...others, { type: 'ReplicaFailure', status: 'True', lastTransitionTime: now, ...failure }]
}
