// Owns the control loop that keeps a number of pods: of replica sets and of replication controllers.
// Source: kubernetes pkg/controller/replicaset/replica_set.go.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { isNotFound, messageOf } from '../../base/errors.ts'
import type { Draft } from '../../kubernetes/client/client.ts'
import { pods as podResource } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer, ReconcileResult } from '../../reconcile/controller.ts'
import { Expectations } from '../objects/expectations.ts'
import {
  childrenOf,
  claimChildren,
  controllerOf,
  indexByController,
  ownersWokenBy,
} from '../objects/owner.ts'
import { isPodActive, isPodTerminating, nextAvailableMs } from '../../rules/scheduling/pod.ts'
import { createPods, deletePods } from '../objects/pod-control.ts'
import { isSameStatus } from '../objects/state.ts'
import { podFromTemplate } from '../objects/template.ts'
import { inDeletionOrder } from './ranking.ts'
import { replicaSetLike, replicationControllerLike } from './set-kind.ts'
import type { PodSet, SetKind } from './set-kind.ts'
import { replicaSetStatus } from './status.ts'
import type { Findings, ReplicaFailure } from './status.ts'

// One pass makes or removes at most so many pods (replicaset.BurstReplicas).
const BURST = 500

interface Parts<S extends PodSet> {
  readonly kind: SetKind<S>
  readonly context: ControllerContext
  readonly sets: Informer<S>
  readonly pods: Informer<Pod>
  readonly expectations: Expectations
}

/** The control loop of replica sets. */
export function createReplicaSetController(context: ControllerContext): Controller {
  return createSetController(context, replicaSetLike)
}

/** The control loop of replication controllers. */
export function createReplicationController(context: ControllerContext): Controller {
  return createSetController(context, replicationControllerLike)
}

function createSetController<S extends PodSet>(context: ControllerContext, kind: SetKind<S>): Controller {
  const kindName = kind.resource.kind
  const parts: Parts<S> = {
    kind,
    context,
    sets: context.informer(kind.resource),
    pods: context.informer(podResource),
    expectations: new Expectations(context.clock),
  }
  indexByController(parts.pods)
  indexByController(parts.sets)
  const uidOfSet = (pod: Pod): string | undefined => {
    const reference = controllerOf(pod)
    return reference?.kind === kindName ? reference.uid : undefined
  }
  return {
    name: kind.name,
    sources: [
      parts.expectations.observing(parts.pods, uidOfSet),
      parts.sets.source(),
      parts.pods.source((pod) =>
        ownersWokenBy(pod, { kind: kindName, owners: parts.sets, selectorOf: kind.selectorOf }),
      ),
    ],
    concurrency: 5,
    reconcile: (key) => reconcile(parts, key),
  }
}

async function reconcile<S extends PodSet>(parts: Parts<S>, key: string): Promise<ReconcileResult | void> {
  const { kind, context, expectations } = parts
  const set = parts.sets.get(key)
  if (!set) return
  const claimed = await claimChildren({
    context,
    owner: set,
    ownerResource: kind.resource,
    selector: kind.selectorOf(set),
    children: parts.pods,
    childResource: podResource,
  })
  const active = claimed.filter(isPodActive)
  let problem: unknown
  let failure: ReplicaFailure | undefined
  if (!set.metadata.deletionTimestamp && expectations.areMet(set.metadata.uid)) {
    try {
      await manageReplicas(parts, set, active)
    } catch (error) {
      problem = error
      const reason = active.length < (set.spec.replicas ?? 1) ? 'FailedCreate' : 'FailedDelete'
      failure = { reason, message: messageOf(error) }
    }
  }
  const terminating = kind.countsTerminating ? claimed.filter(isPodTerminating).length : undefined
  await writeStatus(parts, set, { active, terminating, failure })
  if (problem !== undefined) throw problem
  const requeueAfterMs = nextAvailableMs(active, set.spec.minReadySeconds ?? 0, context.clock.now())
  return requeueAfterMs === undefined ? undefined : { requeueAfterMs }
}

async function writeStatus<S extends PodSet>(
  { kind, context }: Parts<S>,
  set: S,
  { active, ...found }: Omit<Findings, 'nowMs'> & { readonly active: readonly Pod[] },
): Promise<void> {
  const status = replicaSetStatus(set, active, { nowMs: context.clock.now(), ...found })
  if (isSameStatus(status, set.status)) return
  try {
    await context.client.updateStatus(kind.resource, { ...set, status })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function manageReplicas<S extends PodSet>(
  parts: Parts<S>,
  set: S,
  active: readonly Pod[],
): Promise<void> {
  const { kind, context, expectations } = parts
  const control = { context, owner: set, expectations, from: kind.component }
  const missing = (set.spec.replicas ?? 1) - active.length
  if (missing === 0) return
  const count = Math.min(Math.abs(missing), BURST)
  const draft = (): Draft<Pod> => podFromTemplate(set.spec.template ?? {}, set)
  const { error } =
    missing > 0
      ? await createPods(control, Array.from({ length: count }, draft))
      : await deletePods(
          control,
          inDeletionOrder(active, relatedPods(parts, set), context.clock.now()).slice(0, count),
        )
  if (error !== undefined) throw error
}

/** Active pods of all replica sets with the same controller, so that a roll-out keeps its pods spread. */
function relatedPods<S extends PodSet>({ sets, pods }: Parts<S>, set: S): Pod[] {
  const deployment = controllerOf(set)
  const siblings = deployment ? sets.byIndex('controller', deployment.uid) : [set]
  return siblings.flatMap((sibling) => childrenOf(pods, sibling)).filter(isPodActive)
}
