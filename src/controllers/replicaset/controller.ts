// Owns the replica set controller: keeps the number of pods of each replica set.
// Source: kubernetes pkg/controller/replicaset/replica_set.go.
import type { Pod, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import { isNotFound, messageOf } from '../../base/errors.ts'
import type { Draft } from '../../kubernetes/client/client.ts'
import { pods as podResource, replicaSets } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer, ReconcileResult } from '../../reconcile/controller.ts'
import { Expectations } from '../objects/expectations.ts'
import {
  childrenOf,
  claimChildren,
  controllerOf,
  indexByController,
  ownersWokenBy,
} from '../objects/owner.ts'
import { isPodActive, nextAvailableMs } from '../../rules/scheduling/pod.ts'
import { createPods, deletePods } from '../objects/pod-control.ts'
import { isSameStatus } from '../objects/state.ts'
import { podFromTemplate } from '../objects/template.ts'
import { inDeletionOrder } from './ranking.ts'
import { replicaSetStatus } from './status.ts'
import type { ReplicaFailure } from './status.ts'

const FROM = 'replicaset-controller'
// One pass makes or removes at most so many pods (replicaset.BurstReplicas).
const BURST = 500

interface Parts {
  readonly context: ControllerContext
  readonly sets: Informer<ReplicaSet>
  readonly pods: Informer<Pod>
  readonly expectations: Expectations
}

/** The control loop of replica sets. */
export function createReplicaSetController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    sets: context.informer(replicaSets),
    pods: context.informer(podResource),
    expectations: new Expectations(context.clock),
  }
  indexByController(parts.pods)
  indexByController(parts.sets)
  const uidOfSet = (pod: Pod): string | undefined => {
    const reference = controllerOf(pod)
    return reference?.kind === 'ReplicaSet' ? reference.uid : undefined
  }
  return {
    name: 'replicaset',
    sources: [
      parts.expectations.observing(parts.pods, uidOfSet),
      parts.sets.source(),
      parts.pods.source((pod) => ownersWokenBy(pod, 'ReplicaSet', parts.sets)),
    ],
    concurrency: 5,
    reconcile: (key) => reconcile(parts, key),
  }
}

async function reconcile(parts: Parts, key: string): Promise<ReconcileResult | void> {
  const { context, expectations } = parts
  const set = parts.sets.get(key)
  if (!set) return
  const claimed = await claimChildren({
    context,
    owner: set,
    ownerResource: replicaSets,
    selector: set.spec.selector,
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
  await writeStatus(parts, set, { active, failure })
  if (problem !== undefined) throw problem
  const requeueAfterMs = nextAvailableMs(active, set.spec.minReadySeconds ?? 0, context.clock.now())
  return requeueAfterMs === undefined ? undefined : { requeueAfterMs }
}

async function writeStatus(
  { context }: Parts,
  set: ReplicaSet,
  { active, failure }: { active: readonly Pod[]; failure: ReplicaFailure | undefined },
): Promise<void> {
  const status = replicaSetStatus(set, active, { nowMs: context.clock.now(), failure })
  if (isSameStatus(status, set.status)) return
  try {
    await context.client.updateStatus(replicaSets, { ...set, status })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function manageReplicas(parts: Parts, set: ReplicaSet, active: readonly Pod[]): Promise<void> {
  const { context, expectations } = parts
  const control = { context, owner: set, expectations, from: FROM }
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
function relatedPods({ sets, pods }: Parts, set: ReplicaSet): Pod[] {
  const deployment = controllerOf(set)
  const siblings = deployment ? sets.byIndex('controller', deployment.uid) : [set]
  return siblings.flatMap((sibling) => childrenOf(pods, sibling)).filter(isPodActive)
}
