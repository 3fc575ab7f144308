// Owns taking the tracking finalizer off pods.
// Source: kubernetes pkg/controller/job/job_controller.go (removeTrackingFinalizerFromPods).
import type { Job, Pod } from '../../../generated/kubernetes.d.ts'
import { isNotFound } from '../../base/errors.ts'
import { pods as podResource } from '../../kubernetes/client/resources.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { isTracked, TRACKING_FINALIZER } from './job-pod.ts'
import type { Parts } from './parts.ts'

/** Which pods have no tracking finalizer any more, by uid, and what went wrong with another. */
export interface Released {
  readonly done: ReadonlySet<string>
  readonly error?: unknown
}

/** Takes the finalizer off pods of a job; pods that are gone count as done. */
export async function releasePods(
  { context, memory }: Parts,
  job: Job,
  pods: readonly Pod[],
): Promise<Released> {
  const { uid } = job.metadata
  const done = new Set<string>()
  let error: unknown
  await Promise.all(
    pods.map(async (pod) => {
      const tracked = isTracked(pod)
      if (tracked) memory.release(uid, pod.metadata.uid)
      try {
        if (tracked) await releasePod(context, pod)
        done.add(pod.metadata.uid)
      } catch (reason) {
        memory.settle(uid, pod.metadata.uid)
        error ??= reason
      }
    }),
  )
  return error === undefined ? { done } : { done, error }
}

/**
 * Takes the finalizer off one pod, if this very pod is still there.
 * @throws StatusError Invalid when its finalizers have changed meanwhile
 */
export async function releasePod(context: ControllerContext, pod: Pod): Promise<void> {
  const { name, uid, namespace = '', finalizers = [] } = pod.metadata
  const index = finalizers.indexOf(TRACKING_FINALIZER)
  if (index < 0) return
  const path = `/metadata/finalizers/${index}`
  const patch = [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path, value: TRACKING_FINALIZER },
    { op: 'remove', path },
  ]
  try {
    await context.client.patch(podResource, { namespace, name }, patch, { type: 'json' })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
