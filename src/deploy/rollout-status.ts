// Owns what the status of a workload says about its rollout.
import type {
  DaemonSet,
  Deployment,
  Job,
  LabelSelector,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '../../generated/kubernetes.d.ts'
import { isNotFound } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import {
  daemonSets,
  deployments,
  jobs,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../kubernetes/client/resources.ts'

/** How far a workload has come. */
export interface Rollout {
  readonly desired: number
  readonly ready: number
  /** What `ready` counts: pods that are ready, or that have completed. */
  readonly done: 'ready' | 'completed'
  readonly complete: boolean
  /** Why it will not be complete. */
  readonly failed?: string
  readonly selector: LabelSelector
}

type Reader = (kubernetes: KubernetesClient, key: { namespace: string; name: string }) => Promise<Rollout>

/** Reads the rollout of what has one, by kind. @throws StatusError NotFound. */
export const READERS: Readonly<Record<string, Reader>> = {
  Deployment: async (kubernetes, key) => deploymentRollout(await kubernetes.get(deployments, key)),
  ReplicaSet: async (kubernetes, key) => replicaSetRollout(await kubernetes.get(replicaSets, key)),
  ReplicationController: async (kubernetes, key) =>
    replicationControllerRollout(await kubernetes.get(replicationControllers, key)),
  StatefulSet: async (kubernetes, key) => statefulSetRollout(await kubernetes.get(statefulSets, key)),
  DaemonSet: async (kubernetes, key) => daemonSetRollout(await kubernetes.get(daemonSets, key)),
  Job: readJob,
}

// The conditions are those that `kubectl rollout status` waits for (kubectl pkg/polymorphichelpers/rollout_status.go).
function deploymentRollout({ metadata, spec, status = {} }: Deployment): Rollout {
  const desired = spec.replicas ?? 1
  const {
    observedGeneration = 0,
    updatedReplicas = 0,
    replicas = 0,
    availableReplicas = 0,
    readyReplicas = 0,
  } = status
  const stuck = status.conditions?.find(
    (condition) => condition.type === 'Progressing' && condition.reason === 'ProgressDeadlineExceeded',
  )
  return {
    desired,
    ready: readyReplicas,
    complete:
      observedGeneration >= (metadata.generation ?? 0) &&
      updatedReplicas >= desired &&
      replicas <= updatedReplicas &&
      availableReplicas >= updatedReplicas,
    ...(stuck?.message === undefined ? {} : { failed: stuck.message }),
    done: 'ready',
    selector: spec.selector ?? {},
  }
}

function replicaSetRollout({ spec, status }: ReplicaSet): Rollout {
  const desired = spec.replicas ?? 1
  const ready = status?.readyReplicas ?? 0
  return { desired, ready, complete: ready >= desired, done: 'ready', selector: spec.selector ?? {} }
}

function replicationControllerRollout({ spec, status }: ReplicationController): Rollout {
  const desired = spec.replicas ?? 1
  const ready = status?.readyReplicas ?? 0
  return {
    desired,
    ready,
    complete: ready >= desired,
    done: 'ready',
    selector: { matchLabels: spec.selector ?? {} },
  }
}

// A partition holds the pods below it at the revision before; with OnDelete nothing is updated by itself.
function statefulSetRollout({ metadata, spec, status }: StatefulSet): Rollout {
  const desired = spec.replicas ?? 1
  const ready = status?.readyReplicas ?? 0
  const { type, rollingUpdate } = spec.updateStrategy ?? {}
  const updated =
    type === 'OnDelete' || (status?.updatedReplicas ?? 0) >= desired - (rollingUpdate?.partition ?? 0)
  const observed = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  return {
    desired,
    ready,
    complete: observed && ready >= desired && updated,
    done: 'ready',
    selector: spec.selector ?? {},
  }
}

function daemonSetRollout({ metadata, spec, status }: DaemonSet): Rollout {
  const desired = status?.desiredNumberScheduled ?? 0
  const ready = status?.numberReady ?? 0
  const observed = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  const updated = status?.updatedNumberScheduled ?? 0
  return {
    desired,
    ready,
    complete: observed && ready >= desired && updated >= desired,
    done: 'ready',
    selector: spec.selector ?? {},
  }
}

// A job that is gone has ended and was cleaned up (ttlSecondsAfterFinished).
const GONE: Rollout = {
  desired: 0,
  ready: 0,
  done: 'completed',
  complete: true,
  selector: { matchLabels: {} },
}

async function readJob(
  kubernetes: KubernetesClient,
  key: { namespace: string; name: string },
): Promise<Rollout> {
  try {
    return jobRollout(await kubernetes.get(jobs, key))
  } catch (error) {
    if (isNotFound(error)) return GONE
    throw error
  }
}

// `kubectl wait --for=condition=complete` and `helm --wait-for-jobs` wait for the same; one that is suspended waits for
// somebody else.
function jobRollout({ spec, status }: Job): Rollout {
  const holds = (type: string) =>
    status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')
  const failed = holds('Failed')
  return {
    desired: spec.completions ?? spec.parallelism ?? 1,
    ready: status?.succeeded ?? 0,
    done: 'completed',
    complete: holds('Complete') !== undefined || spec.suspend === true,
    ...(failed ? { failed: [failed.reason, failed.message].filter(Boolean).join(': ') } : {}),
    selector: spec.selector ?? {},
  }
}
