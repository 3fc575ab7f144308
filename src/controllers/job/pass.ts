// Owns what one look at a job and its pods tells: counts, indexes, and whether the job is to end.
// Source: kubernetes pkg/controller/job/job_controller.go (syncJob).
import type { Job, JobCondition, JobStatus, Pod } from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import {
  countIndexes,
  hasIndex,
  intervalsOf,
  merge,
  readIndexes,
  type Intervals,
} from '../../rules/kubernetes/index-intervals.ts'
import { isIndexedJob, trueCondition } from '../../rules/kubernetes/job.ts'
import { isPodActive, isPodReady } from '../../rules/scheduling/pod.ts'
import { nextRecord, type BackoffRecord } from './backoff.ts'
import { isSuspended, jobCondition } from './conditions.ts'
import {
  absoluteFailureCountOf,
  finishedAtMs,
  hasPlace,
  isPodFailed,
  isTerminating,
  isTracked,
  validIndexOf,
} from './job-pod.ts'
import { failsIndex, jobFailureMessage, judgeFailure, successMessage } from './policies.ts'

/** What the controller remembers about a job from pass to pass. */
export interface Memory {
  /** Pods whose finalizer was taken off, which the informer may not show yet. */
  readonly released: ReadonlySet<string>
  readonly backoff: BackoffRecord | undefined
}

/** A job as one pass sees it. */
export interface Pass {
  readonly job: Job
  readonly pods: readonly Pod[]
  readonly active: readonly Pod[]
  readonly nowMs: number
  readonly memory: Memory
  /** The status to begin with: its start time and lists are there. */
  readonly status: JobStatus
  readonly uncounted: { readonly succeeded: ReadonlySet<string>; readonly failed: ReadonlySet<string> }
  /** Pods that succeeded, or indexes that did, those not counted yet included. */
  readonly succeeded: number
  readonly failed: number
  readonly terminating: number
  readonly ready: number
  readonly previousIndexes: Intervals
  readonly succeededIndexes: Intervals
  /** Set for jobs that limit the failures of each index. */
  readonly failedIndexes?: Intervals
  /** By index, the failed pod whose failures the next one inherits. */
  readonly delayed: ReadonlyMap<number, Pod>
  readonly backoff: BackoffRecord
}

/** Looks at a job and the pods that it controls. */
export function beginPass(
  job: Job,
  { pods, memory, nowMs }: { readonly pods: readonly Pod[]; readonly memory: Memory; readonly nowMs: number },
): Pass {
  const status = beginStatus(job, nowMs)
  const uncounted = {
    succeeded: new Set(status.uncountedTerminatedPods?.succeeded),
    failed: new Set(status.uncountedTerminatedPods?.failed),
  }
  const active = pods.filter(isPodActive)
  const news = (seen: ReadonlySet<string>): Pod[] =>
    pods.filter(
      (pod) =>
        isTracked(pod) &&
        !seen.has(pod.metadata.uid) &&
        !memory.released.has(pod.metadata.uid) &&
        hasPlace(job, pod),
    )
  const succeededPods = news(uncounted.succeeded).filter((pod) => pod.status?.phase === 'Succeeded')
  const failedPods = news(uncounted.failed).filter((pod) => isPodFailed(job, pod))
  const indexes = indexesOf(job, pods)
  return {
    job,
    pods,
    active,
    nowMs,
    memory,
    status,
    uncounted,
    ...indexes,
    succeeded: isIndexedJob(job)
      ? countIndexes(indexes.succeededIndexes)
      : (status.succeeded ?? 0) + succeededPods.length + uncounted.succeeded.size,
    failed:
      (status.failed ?? 0) +
      failedPods.filter((pod) => judgeFailure(job, pod).counts).length +
      uncounted.failed.size,
    terminating: pods.filter(isTerminating).length,
    ready: active.filter(isPodReady).length,
    delayed: indexes.failedIndexes
      ? delayedPods(job, news(new Set()), {
          active,
          done: merge(indexes.succeededIndexes, indexes.failedIndexes),
        })
      : new Map(),
    backoff: nextRecord(memory.backoff, { succeeded: succeededPods, failed: failedPods }),
  }
}

function beginStatus(job: Job, nowMs: number): JobStatus {
  const status = job.status ?? {}
  const starts = !status.startTime && !isSuspended(job)
  return {
    ...status,
    ...(starts ? { startTime: formatTimestamp(nowMs) } : {}),
    uncountedTerminatedPods: { ...status.uncountedTerminatedPods },
  }
}

function indexesOf(
  job: Job,
  pods: readonly Pod[],
): Pick<Pass, 'previousIndexes' | 'succeededIndexes' | 'failedIndexes'> {
  if (!isIndexedJob(job)) return { previousIndexes: [], succeededIndexes: [] }
  const { completions = 0, backoffLimitPerIndex } = job.spec
  const withNew = (known: Intervals, isNew: (pod: Pod) => boolean): Intervals => {
    const found = pods.filter((pod) => isTracked(pod) && isNew(pod)).map((pod) => validIndexOf(job, pod))
    return merge(known, intervalsOf(found.filter((index) => index !== undefined)))
  }
  const previousIndexes = readIndexes(job.status?.completedIndexes, completions)
  const succeededIndexes = withNew(previousIndexes, (pod) => pod.status?.phase === 'Succeeded')
  if (backoffLimitPerIndex === undefined) return { previousIndexes, succeededIndexes }
  const failed = readIndexes(job.status?.failedIndexes, completions)
  return { previousIndexes, succeededIndexes, failedIndexes: withNew(failed, (pod) => failsIndex(job, pod)) }
}

// Of the failed pods of an index that still needs one, the last: it stays until its replacement is there.
function delayedPods(
  job: Job,
  pods: readonly Pod[],
  { active, done }: { readonly active: readonly Pod[]; readonly done: Intervals },
): Map<number, Pod> {
  const occupied = new Set(active.map((pod) => validIndexOf(job, pod)))
  const found = new Map<number, Pod>()
  for (const pod of pods) {
    const index = isPodFailed(job, pod) ? validIndexOf(job, pod) : undefined
    if (index === undefined || occupied.has(index) || hasIndex(done, index)) continue
    const other = found.get(index)
    const isLater =
      !other ||
      (absoluteFailureCountOf(other) <= absoluteFailureCountOf(pod) &&
        finishedAtMs(pod) >= finishedAtMs(other))
    if (isLater) found.set(index, pod)
  }
  return found
}

/** The condition by which the job is to end: SuccessCriteriaMet, FailureTarget, or Failed after one of before. */
export function endingOf(pass: Pass): JobCondition | undefined {
  const { job, nowMs } = pass
  const met = trueCondition(job, 'SuccessCriteriaMet')
  if (met) return met
  const target = trueCondition(job, 'FailureTarget')
  if (target) return failedBy(target, nowMs)
  const failure = failureOf(pass)
  if (failure) return jobCondition('FailureTarget', { ...failure, nowMs })
  const message = isIndexedJob(job) ? successMessage(job, pass.succeededIndexes) : undefined
  if (message === undefined) return undefined
  return jobCondition('SuccessCriteriaMet', { reason: 'SuccessPolicy', message, nowMs })
}

/** The Failed condition that follows a FailureTarget. */
export function failedBy({ reason = '', message = '' }: JobCondition, nowMs: number): JobCondition {
  return jobCondition('Failed', { reason, message, nowMs })
}

function failureOf(pass: Pass): { reason: string; message: string } | undefined {
  const { job, pods, failed, failedIndexes, succeededIndexes, status, nowMs } = pass
  const { backoffLimit = 0, maxFailedIndexes, completions = 0 } = job.spec
  const policy = jobFailureMessage(job, pods)
  if (policy !== undefined) return { reason: 'PodFailurePolicy', message: policy }
  if (failed > backoffLimit || hasRestartedTooOften(job, pods)) {
    return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }
  }
  if (untilDeadlineMs(job, status, nowMs) === 0) {
    return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' }
  }
  const failures = countIndexes(failedIndexes ?? [])
  if (maxFailedIndexes !== undefined && failures > maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes'
    return { reason: 'MaxFailedIndexesExceeded', message }
  }
  if (failures > 0 && failures + countIndexes(succeededIndexes) >= completions) {
    return { reason: 'FailedIndexes', message: 'Job has failed indexes' }
  }
  return undefined
}

/** Milliseconds until the job has been active for too long; undefined when it may be for ever. */
export function untilDeadlineMs(job: Job, { startTime }: JobStatus, nowMs: number): number | undefined {
  const { activeDeadlineSeconds } = job.spec
  if (activeDeadlineSeconds === undefined || !startTime || isSuspended(job)) return undefined
  return Math.max(0, Date.parse(startTime) + activeDeadlineSeconds * 1000 - nowMs)
}

// Containers that restart within their pod count when the pods are still there.
function hasRestartedTooOften({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false
  const { backoffLimit = 0 } = spec
  let restarts = 0
  for (const { status } of pods) {
    if (status?.phase !== 'Running' && status?.phase !== 'Pending') continue
    const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
    for (const { restartCount } of statuses) restarts += restartCount
  }
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit
}
