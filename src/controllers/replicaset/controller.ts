// Owns the replica set controller: keeps the number of pods of each replica set.
// Source: kubernetes pkg/controller/replicaset/replica_set.go.
import type { Pod, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound, messageOf } from '../../base/errors.ts'
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
import { isSameStatus } from '../objects/state.ts'
import { isNamespaceTerminating } from '../objects/terminating.ts'
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
  const missing = (set.spec.replicas ?? 1) - active.length
  if (missing > 0) return createPods(parts, set, Math.min(missing, BURST))
  if (missing === 0) return
  const victims = inDeletionOrder(active, relatedPods(parts, set), parts.context.clock.now())
  await deletePods(parts, set, victims.slice(0, Math.min(-missing, BURST)))
}

// Doubles the batch while all goes well, so that a quota does not draw hundreds of refusals.
async function createPods({ context, expectations }: Parts, set: ReplicaSet, count: number): Promise<void> {
  const { uid } = set.metadata
  expectations.expect(uid, { creations: count })
  let remaining = count
  for (let size = 1; remaining > 0; size *= 2) {
    const batch = Math.min(size, remaining)
    const results = await Promise.allSettled(Array.from({ length: batch }, () => createPod(context, set)))
    remaining -= batch
    const failed = results.filter((result) => result.status === 'rejected')
    failed.forEach(() => expectations.created(uid))
    if (failed[0]) {
      for (let skipped = 0; skipped < remaining; skipped++) expectations.created(uid)
      if (isNamespaceTerminating(failed[0].reason)) return
      throw failed[0].reason
    }
  }
}

async function createPod(context: ControllerContext, set: ReplicaSet): Promise<void> {
  try {
    const pod = await context.client.create(podResource, podFromTemplate(set.spec.template ?? {}, set))
    context.event(set, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${pod.metadata.name}`,
      from: FROM,
    })
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      const message = `Error creating: ${messageOf(error)}`
      context.event(set, { type: 'Warning', reason: 'FailedCreate', message, from: FROM })
    }
    throw error
  }
}

async function deletePods(parts: Parts, set: ReplicaSet, victims: readonly Pod[]): Promise<void> {
  const { context, expectations } = parts
  const owner = set.metadata.uid
  expectations.expect(owner, { deletions: victims.map((pod) => pod.metadata.uid) })
  const results = await Promise.allSettled(
    victims.map(async (pod) => {
      try {
        await deletePod(context, set, pod)
      } catch (error) {
        expectations.deleted(owner, pod.metadata.uid)
        if (!isGone(error)) throw error
      }
    }),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

// A conflict says that the name belongs to another pod by now.
function isGone(error: unknown): boolean {
  return isNotFound(error) || isConflict(error)
}

async function deletePod(context: ControllerContext, set: ReplicaSet, pod: Pod): Promise<void> {
  const { name, uid, namespace = '' } = pod.metadata
  try {
    await context.client.delete(podResource, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (!isGone(error)) {
      const message = `Error deleting: ${messageOf(error)}`
      context.event(set, { type: 'Warning', reason: 'FailedDelete', message, from: FROM })
    }
    throw error
  }
  context.event(set, {
    type: 'Normal',
    reason: 'SuccessfulDelete',
    message: `Deleted pod: ${name}`,
    from: FROM,
  })
}

/** Active pods of all replica sets with the same controller, so that a roll-out keeps its pods spread. */
function relatedPods({ sets, pods }: Parts, set: ReplicaSet): Pod[] {
  const deployment = controllerOf(set)
  const siblings = deployment ? sets.byIndex('controller', deployment.uid) : [set]
  return siblings.flatMap((sibling) => childrenOf(pods, sibling)).filter(isPodActive)
}
