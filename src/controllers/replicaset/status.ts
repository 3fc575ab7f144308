// Owns the status of a replica set, computed from its pods.
// Source: kubernetes pkg/controller/replicaset/replica_set_utils.go.
import type {
  Pod,
  ReplicaSet,
  ReplicaSetCondition,
  ReplicaSetStatus,
} from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import { isPodAvailable, isPodReady } from '../../rules/scheduling/pod.ts'
import { matchesLabels } from '../../rules/scheduling/label-selector.ts'

/** Why the last pass could not make or remove a pod. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete'
  readonly message: string
}

/** The status that the set should have, given its active pods and what went wrong in this pass. */
export function replicaSetStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  { nowMs, failure }: { nowMs: number; failure?: ReplicaFailure | undefined },
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
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

function withFailure(
  set: ReplicaSet,
  failure: ReplicaFailure | undefined,
  now: string,
): ReplicaSetCondition[] {
  const conditions = set.status?.conditions ?? []
  const existing = conditions.find((condition) => condition.type === 'ReplicaFailure')
  // An existing condition stays as it is: its time says when the trouble began.
  if (failure && existing) return conditions
  const others = conditions.filter((condition) => condition !== existing)
  if (!failure) return others
  return [...others, { type: 'ReplicaFailure', status: 'True', lastTransitionTime: now, ...failure }]
}
