// Owns pods that no running job counts any more: their tracking finalizer goes, so that they can go.
// Source: kubernetes pkg/controller/job/job_controller.go (syncOrphanPod).
import type { Job, Pod } from '../../../generated/kubernetes.d.ts'
import { jobs as jobResource, pods as podResource } from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import { isJobFinished } from '../../rules/kubernetes/job.ts'
import { childrenOf, controllerOf, indexByController } from '../objects/owner.ts'
import { isManagedElsewhere } from './controller.ts'
import { isTracked } from './job-pod.ts'
import { releasePod } from './release.ts'

/** The control loop of pods whose job is gone or has ended. Keys are pods. */
export function createJobOrphanController(context: ControllerContext): Controller {
  const jobs = context.informer(jobResource)
  const pods = context.informer(podResource)
  indexByController(pods)
  return {
    name: 'job-orphans',
    sources: [
      pods.source((pod) => (isTracked(pod) ? [keyOf(pod)] : [])),
      {
        subscribe: (enqueue) =>
          jobs.onChange(({ before, after }) => {
            if (after && !isJobFinished(after)) return
            const job = after ?? before
            if (job) for (const pod of childrenOf(pods, job)) if (isTracked(pod)) enqueue(keyOf(pod))
          }),
      },
    ],
    async reconcile(key) {
      const pod = pods.get(key)
      if (pod && isTracked(pod) && jobs.synced && isOrphan(jobs, pod)) await releasePod(context, pod)
    },
  }
}

function isOrphan(jobs: Informer<Job>, pod: Pod): boolean {
  const reference = controllerOf(pod)
  if (!reference) return true
  if (reference.kind !== 'Job' || reference.apiVersion !== 'batch/v1') return false
  const job = jobs.get(`${pod.metadata.namespace}/${reference.name}`)
  if (job?.metadata.uid !== reference.uid) return true
  return isJobFinished(job) && !isManagedElsewhere(job)
}
