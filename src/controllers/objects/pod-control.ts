// Owns how controllers make and remove the pods of an owner: in growing batches, expected, and told in events.
// Source: kubernetes pkg/controller/controller_utils.go (RealPodControl, slowStartBatch).
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound, messageOf } from '../../base/errors.ts'
import type { Draft, KubernetesObject } from '../../kubernetes/client/client.ts'
import { pods as podResource } from '../../kubernetes/client/resources.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import type { Expectations } from './expectations.ts'
import { isNamespaceTerminating } from './terminating.ts'

/** Whose pods they are, and who tells about them. */
export interface PodControl {
  readonly context: ControllerContext
  readonly owner: KubernetesObject
  readonly expectations: Expectations
  /** The component that events come from. */
  readonly from: string
}

/** How far a series of writes came. */
export interface PodWrites {
  readonly done: readonly Pod[]
  /** What the first that failed was told; nothing when the namespace is going. */
  readonly error?: unknown
}

/**
 * Makes pods, one first and twice as many while all goes well, so that a quota does not draw hundreds of refusals.
 * Ends at the first batch with a refusal.
 */
export async function createPods(control: PodControl, drafts: readonly Draft<Pod>[]): Promise<PodWrites> {
  const { expectations, owner } = control
  const { uid } = owner.metadata
  expectations.expect(uid, { creations: drafts.length })
  const done: Pod[] = []
  let started = 0
  for (let size = 1; started < drafts.length; size *= 2) {
    const batch = drafts.slice(started, started + size)
    started += batch.length
    const results = await Promise.allSettled(batch.map((draft) => createPod(control, draft)))
    const failed = results.filter((result) => result.status === 'rejected')
    for (const result of results) if (result.status === 'fulfilled') done.push(result.value)
    failed.forEach(() => expectations.created(uid))
    if (!failed[0]) continue
    for (let skipped = started; skipped < drafts.length; skipped++) expectations.created(uid)
    return isNamespaceTerminating(failed[0].reason) ? { done } : { done, error: failed[0].reason }
  }
  return { done }
}

async function createPod(control: PodControl, draft: Draft<Pod>): Promise<Pod> {
  try {
    const pod = await control.context.client.create(podResource, draft)
    tell(control, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    return pod
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      tell(control, 'FailedCreate', `Error creating: ${messageOf(error)}`)
    }
    throw error
  }
}

/** Removes pods, all at once; those that are gone already count as removed. */
export async function deletePods(control: PodControl, victims: readonly Pod[]): Promise<PodWrites> {
  const { expectations, owner } = control
  const { uid } = owner.metadata
  expectations.expect(uid, { deletions: victims.map((pod) => pod.metadata.uid) })
  const results = await Promise.allSettled(
    victims.map(async (pod) => {
      try {
        await deletePod(control, pod)
      } catch (error) {
        expectations.deleted(uid, pod.metadata.uid)
        if (!isGone(error)) throw error
      }
    }),
  )
  const failed = results.find((result) => result.status === 'rejected')
  const done = victims.filter((_pod, i) => results[i]?.status === 'fulfilled')
  return failed ? { done, error: failed.reason } : { done }
}

// A conflict says that the name belongs to another pod by now.
function isGone(error: unknown): boolean {
  return isNotFound(error) || isConflict(error)
}

async function deletePod(control: PodControl, pod: Pod): Promise<void> {
  const { name, uid, namespace = '' } = pod.metadata
  try {
    await control.context.client.delete(podResource, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (!isGone(error)) tell(control, 'FailedDelete', `Error deleting: ${messageOf(error)}`)
    throw error
  }
  tell(control, 'SuccessfulDelete', `Deleted pod: ${name}`)
}

function tell({ context, owner, from }: PodControl, reason: string, message: string): void {
  const type = reason.startsWith('Failed') ? 'Warning' : 'Normal'
  context.event(owner, { type, reason, message, from })
}
