// Owns the job controller: runs the pods of each job to their end, and says how it ended.
// Source: kubernetes pkg/controller/job/job_controller.go.
import type { Job, JobStatus, Pod } from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import { isNotFound } from '../../base/errors.ts'
import { jobs, pods as podResource } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, ReconcileResult } from '../../reconcile/controller.ts'
import { isJobFinished } from '../../rules/kubernetes/job.ts'
import { Expectations } from '../objects/expectations.ts'
import { claimChildren, controllerOf, indexByController, ownersWokenBy } from '../objects/owner.ts'
import { isSuspended, jobCondition, withCondition } from './conditions.ts'
import { TRACKING_FINALIZER } from './job-pod.ts'
import { endPods, managePods, type Managed } from './manage.ts'
import { FROM, JobMemory, type Parts } from './parts.ts'
import { beginPass, endingOf, untilDeadlineMs, type Pass } from './pass.ts'
import { trackPods } from './tracking.ts'

/** The value of spec.managedBy that means this controller. */
const OWN_NAME = 'kubernetes.io/job-controller'

/** The control loop of jobs. */
export function createJobController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    jobs: context.informer(jobs),
    pods: context.informer(podResource),
    expectations: new Expectations(context.clock),
    memory: new JobMemory(),
  }
  indexByController(parts.pods)
  return {
    name: 'job',
    sources: [
      parts.expectations.observing(parts.pods, uidOfJob),
      parts.memory.observing(parts.pods, uidOfJob),
      {
        subscribe: () =>
          parts.jobs.onChange(({ before, after }) => {
            if (before && !after) parts.memory.forget(before.metadata.uid)
          }),
      },
      parts.jobs.source(),
      parts.pods.source((pod) =>
        ownersWokenBy(pod, { kind: 'Job', owners: parts.jobs, selectorOf: ({ spec }) => spec.selector }),
      ),
    ],
    concurrency: 5,
    reconcile: (key) => reconcile(parts, key),
  }
}

function uidOfJob(pod: Pod): string | undefined {
  const reference = controllerOf(pod)
  return reference?.kind === 'Job' ? reference.uid : undefined
}

/** True for jobs that another controller says it runs. */
export function isManagedElsewhere({ spec }: Job): boolean {
  return spec.managedBy !== undefined && spec.managedBy !== OWN_NAME
}

async function reconcile(parts: Parts, key: string): Promise<ReconcileResult | void> {
  const { context, memory } = parts
  const job = parts.jobs.get(key)
  if (!job || isManagedElsewhere(job) || isJobFinished(job) || memory.isOld(job)) return
  const seesAll = parts.expectations.areMet(job.metadata.uid)
  const pods = await claimChildren({
    context,
    owner: job,
    ownerResource: jobs,
    selector: job.spec.selector,
    children: parts.pods,
    childResource: podResource,
    finalizer: TRACKING_FINALIZER,
  })
  const { uid } = job.metadata
  const seen = { released: new Set(memory.released(uid)), backoff: memory.backoff(uid) }
  const pass = beginPass(job, { pods, memory: seen, nowMs: context.clock.now() })
  try {
    return await work(parts, pass, seesAll)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function work(parts: Parts, pass: Pass, seesAll: boolean): Promise<ReconcileResult | void> {
  const { job, active, nowMs } = pass
  let status = pass.status
  let ending = endingOf(pass)
  let managed: Managed = { active: active.length, ready: pass.ready, terminating: pass.terminating }
  if (ending) {
    managed = await endPods(parts, pass)
    // Not yet, when a pod could not be removed or may not be known yet.
    if (managed.active > 0 || !seesAll) ending = undefined
  } else {
    const mayManage = seesAll && !job.metadata.deletionTimestamp
    if (mayManage) managed = await managePods(parts, pass)
    if (isComplete(pass, managed.active)) {
      const message = 'Reached expected number of succeeded pods'
      ending = jobCondition('SuccessCriteriaMet', { reason: 'CompletionsReached', message, nowMs })
    } else if (mayManage) status = suspendOrResume(parts, pass)
  }
  await trackPods(parts, pass, { managed, status, ending })
  if (managed.error !== undefined) throw managed.error
  const deadlineMs = untilDeadlineMs(job, status, nowMs)
  const waits = [managed.requeueAfterMs, deadlineMs].filter(
    (wait) => wait !== undefined && wait > 0,
  ) as number[]
  return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined
}

function isComplete({ job, succeeded }: Pass, active: number): boolean {
  if (active > 0) return false
  const { completions } = job.spec
  return completions === undefined ? succeeded > 0 : succeeded >= completions
}

/** The status with what it says about suspension brought up to date; a job that resumes starts anew. */
function suspendOrResume({ context }: Parts, { job, status, nowMs }: Pass): JobStatus {
  const suspended = isSuspended(job)
  const [reason, message] = suspended ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed']
  const condition = {
    ...jobCondition('Suspended', { reason, message, nowMs }),
    status: suspended ? 'True' : 'False',
  }
  const conditions = withCondition(status.conditions, condition)
  if (!conditions) return status
  const told = suspended ? 'Suspended' : 'Resumed'
  context.event(job, { type: 'Normal', reason: told, message, from: FROM })
  return { ...status, conditions, ...(suspended ? {} : { startTime: formatTimestamp(nowMs) }) }
}
