// Owns what tells replica sets and replication controllers apart for the one loop that runs both.
// Source: kubernetes pkg/controller/replication/{replication_controller,conversion}.go.
import type { LabelSelector, ReplicaSet, ReplicationController } from '../../../generated/kubernetes.d.ts'
import type { Resource } from '../../kubernetes/client/client.ts'
import { replicaSets, replicationControllers } from '../../kubernetes/client/resources.ts'

/** An owner that keeps a number of pods alike. */
export type PodSet = ReplicaSet | ReplicationController

export interface SetKind<S extends PodSet> {
  /** Name of the control loop. */
  readonly name: string
  /** Who its events come from. */
  readonly component: string
  readonly resource: Resource<S>
  readonly selectorOf: (set: S) => LabelSelector | undefined
  /** True when the status tells how many pods are on their way out. */
  readonly countsTerminating: boolean
}

export const replicaSetLike: SetKind<ReplicaSet> = {
  name: 'replicaset',
  component: 'replicaset-controller',
  resource: replicaSets,
  selectorOf: ({ spec }) => spec.selector,
  countsTerminating: true,
}

export const replicationControllerLike: SetKind<ReplicationController> = {
  name: 'replicationcontroller',
  component: 'replication-controller',
  resource: replicationControllers,
  // Its selector is a plain map; an empty one must not select every pod.
  selectorOf: ({ spec: { selector = {} } }) =>
    Object.keys(selector).length === 0 ? undefined : { matchLabels: selector },
  countsTerminating: false,
}
