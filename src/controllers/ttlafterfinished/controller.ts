// Owns the removal of finished jobs some time after their end.
// Source: kubernetes pkg/controller/ttlafterfinished/ttlafterfinished_controller.go.
import type { Job } from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import { jobs as jobResource } from '../../kubernetes/client/resources.ts'
import { keyOf, splitKey } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, ReconcileResult } from '../../reconcile/controller.ts'
import { trueCondition } from '../../rules/kubernetes/job.ts'

/** The control loop of jobs with a time to live. */
export function createTtlAfterFinishedController(context: ControllerContext): Controller {
  const jobs = context.informer(jobResource)
  return {
    name: 'ttl-after-finished',
    sources: [jobs.source((job) => (job.spec.ttlSecondsAfterFinished === undefined ? [] : [keyOf(job)]))],
    async reconcile(key): Promise<ReconcileResult | void> {
      const job = jobs.get(key)
      const expiresMs = job && !job.metadata.deletionTimestamp ? expiryOf(job) : undefined
      if (!job || expiresMs === undefined) return
      const leftMs = expiresMs - context.clock.now()
      if (leftMs > 0) return { requeueAfterMs: leftMs }
      const { uid, resourceVersion } = job.metadata
      try {
        // A job that has changed meanwhile, its time to live perhaps, is looked at again.
        await context.client.delete(jobResource, splitKey(key), {
          propagationPolicy: 'Foreground',
          preconditions: { uid, ...(resourceVersion ? { resourceVersion } : {}) },
        })
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error
      }
    },
  }
}

/** When a job is to go, in epoch milliseconds; undefined while it runs, or for ever. */
function expiryOf(job: Job): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec
  const ended = trueCondition(job, 'Complete') ?? trueCondition(job, 'Failed')
  if (ttlSecondsAfterFinished === undefined || !ended?.lastTransitionTime) return undefined
  return Date.parse(ended.lastTransitionTime) + ttlSecondsAfterFinished * 1000
}
