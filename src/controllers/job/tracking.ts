// Owns the counting of ended pods: none is counted twice, and none is forgotten, whenever this process is killed.
// Source: kubernetes pkg/controller/job/job_controller.go (trackJobStatusAndRemoveFinalizers).
//
// 1. The uids of ended pods are written to status.uncountedTerminatedPods.
// 2. The finalizers of these pods are taken off.
// 3. The uids leave the list and enter the counters, in one write. A pod in the list that still has its finalizer is
//    taken up again by the next pass; one in the list without it has only to be counted.
import type { Job, JobCondition, JobStatus, Pod } from '../../../generated/kubernetes.d.ts'
import { jobs } from '../../kubernetes/client/resources.ts'
import {
  countIndexes,
  formatIndexes,
  hasIndex,
  intervalsOf,
  merge,
} from '../../rules/kubernetes/index-intervals.ts'
import { isIndexedJob } from '../../rules/kubernetes/job.ts'
import { isSameStatus } from '../objects/state.ts'
import { jobCondition, withCondition } from './conditions.ts'
import { completionIndexOf, hasPlace, isPodFailed, isTracked, validIndexOf } from './job-pod.ts'
import type { Managed } from './manage.ts'
import { FROM, type Parts } from './parts.ts'
import { failedBy, type Pass } from './pass.ts'
import { judgeFailure } from './policies.ts'
import { releasePods } from './release.ts'

// One pass counts at most so many pods, so that a status stays small.
const MAXIMUM_UNCOUNTED = 500

interface Tally {
  readonly succeeded: readonly string[]
  readonly failed: readonly string[]
  readonly indexes: readonly number[]
  readonly release: readonly Pod[]
  /** True when there are more pods to count. */
  readonly cut: boolean
}

/**
 * Writes the status of a job, and counts its ended pods.
 * @param ending SuccessCriteriaMet, FailureTarget or Failed, when the job is to end
 */
export async function trackPods(
  parts: Parts,
  pass: Pass,
  {
    managed,
    status: begun,
    ending,
  }: { managed: Managed; status: JobStatus; ending: JobCondition | undefined },
): Promise<void> {
  const { nowMs } = pass
  const tracked = new Set(
    pass.pods
      .filter((pod) => isTracked(pod) && !pass.memory.released.has(pod.metadata.uid))
      .map(({ metadata }) => metadata.uid),
  )
  const counted = countReleased({ ...begun, ...liveCounts(managed) }, tracked)
  const tally = tallyPods(pass, counted, ending)
  const noted = noteEnding(withTally(pass, counted, tally), ending)
  let job = await writeStatus(parts, pass.job, noted)
  parts.memory.setBackoff(job.metadata.uid, pass.backoff)
  const { done, error } = await releasePods(parts, job, tally.release)
  for (const uid of done) tracked.delete(uid)
  const last = countReleased(noted, tracked)
  const final = ending && finalCondition(ending, nowMs)
  const finished = !tally.cut && error === undefined && final ? finish(last, final, nowMs) : undefined
  job = await writeStatus(parts, job, finished ?? last)
  if (error !== undefined) throw error
  if (finished && final) tellEnd(parts, job, final)
}

function liveCounts({
  active,
  ready,
  terminating,
}: Managed): Pick<JobStatus, 'active' | 'ready' | 'terminating'> {
  return { active, ready, terminating }
}

/** Moves pods that have lost their finalizer from the list of uncounted ones to the counters. */
function countReleased(status: JobStatus, tracked: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const left = (uids: readonly string[]): string[] => uids.filter((uid) => tracked.has(uid))
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - left(succeeded).length,
    failed: (status.failed ?? 0) + failed.length - left(failed).length,
    uncountedTerminatedPods: { succeeded: left(succeeded), failed: left(failed) },
  }
}

function tallyPods(pass: Pass, status: JobStatus, ending: JobCondition | undefined): Tally {
  const { job, memory, uncounted, previousIndexes } = pass
  const succeeded = [...(status.uncountedTerminatedPods?.succeeded ?? [])]
  const failed = [...(status.uncountedTerminatedPods?.failed ?? [])]
  const indexes: number[] = []
  const release: Pod[] = []
  const everyOpenPodFails = ending !== undefined && ending.type !== 'SuccessCriteriaMet'
  const inOrder = isIndexedJob(job)
    ? pass.pods.toSorted((a, b) => (completionIndexOf(a) ?? -1) - (completionIndexOf(b) ?? -1))
    : pass.pods
  for (const pod of inOrder) {
    const { uid } = pod.metadata
    if (!isTracked(pod) || memory.released.has(uid) || !canBeReleased(pass, pod, ending)) continue
    release.push(pod)
    if (pod.status?.phase === 'Succeeded' && !uncounted.failed.has(uid)) {
      const index = validIndexOf(job, pod)
      // The index tells that it was counted; uids need not be kept.
      if (isIndexedJob(job)) {
        if (index !== undefined && !hasIndex(previousIndexes, index)) indexes.push(index)
      } else if (!uncounted.succeeded.has(uid)) succeeded.push(uid)
    } else if (isPodFailed(job, pod) || everyOpenPodFails) {
      const counts = hasPlace(job, pod) && judgeFailure(job, pod).counts
      if (counts && !uncounted.failed.has(uid)) failed.push(uid)
    }
    if (indexes.length + succeeded.length + failed.length >= MAXIMUM_UNCOUNTED) {
      return { succeeded, failed, indexes, release, cut: true }
    }
  }
  return { succeeded, failed, indexes, release, cut: false }
}

function canBeReleased({ job, delayed }: Pass, pod: Pod, ending: JobCondition | undefined): boolean {
  if (job.metadata.deletionTimestamp || ending || pod.status?.phase === 'Succeeded') return true
  if (!isPodFailed(job, pod)) return false
  const index = completionIndexOf(pod)
  return index === undefined || delayed.get(index)?.metadata.uid !== pod.metadata.uid
}

function withTally(pass: Pass, status: JobStatus, { succeeded, failed, indexes }: Tally): JobStatus {
  const next = { ...status, uncountedTerminatedPods: { succeeded: [...succeeded], failed: [...failed] } }
  if (!isIndexedJob(pass.job)) return next
  const completed = merge(pass.succeededIndexes, intervalsOf(indexes))
  return {
    ...next,
    succeeded: countIndexes(completed),
    completedIndexes: formatIndexes(completed),
    ...(pass.failedIndexes ? { failedIndexes: formatIndexes(pass.failedIndexes) } : {}),
  }
}

/** Notes why the job is to end before finalizers go: with them the pods that tell it may go too. */
function noteEnding(status: JobStatus, ending: JobCondition | undefined): JobStatus {
  if (!ending || ending.type === 'Failed') return status
  if (status.conditions?.some(({ type }) => type === ending.type)) return status
  return { ...status, conditions: [...(status.conditions ?? []), ending] }
}

/** Complete after SuccessCriteriaMet, Failed after FailureTarget. */
function finalCondition(ending: JobCondition, nowMs: number): JobCondition {
  if (ending.type === 'Failed') return ending
  if (ending.type === 'FailureTarget') return failedBy(ending, nowMs)
  const { reason = '', message = '' } = ending
  return jobCondition('Complete', { reason, message, nowMs })
}

/** The status of a job that has ended; undefined while pods are left to count or to go. */
function finish(status: JobStatus, final: JobCondition, nowMs: number): JobStatus | undefined {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  if (succeeded.length + failed.length > 0 || (status.terminating ?? 0) > 0) return undefined
  const { reason = '', message = '' } = final
  const condition = jobCondition(final.type, { reason, message, nowMs })
  const completionTime = condition.lastTransitionTime
  return {
    ...status,
    conditions: withCondition(status.conditions, condition) ?? status.conditions ?? [],
    ...(final.type === 'Complete' && completionTime ? { completionTime } : {}),
  }
}

async function writeStatus({ context, memory }: Parts, job: Job, status: JobStatus): Promise<Job> {
  const { ready, terminating } = job.status ?? {}
  // The first status says that nothing is ready and nothing ends, which is more than not to say.
  const saysAll = ready !== undefined && terminating !== undefined && job.status?.uncountedTerminatedPods
  if (saysAll && isSameStatus(status, job.status)) return job
  const written = await context.client.updateStatus(jobs, { ...job, status: withoutZeros(status) })
  memory.wrote(written)
  return written
}

// What Go leaves out of JSON when it is zero.
function withoutZeros(status: JobStatus): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const uncountedTerminatedPods = {
    ...(succeeded.length > 0 ? { succeeded } : {}),
    ...(failed.length > 0 ? { failed } : {}),
  }
  const optional = ['active', 'succeeded', 'failed', 'completedIndexes'] as const
  const kept = Object.entries({ ...status, uncountedTerminatedPods }).filter(
    ([name, value]) => value || !(optional as readonly string[]).includes(name),
  )
  return Object.fromEntries(kept)
}

function tellEnd({ context }: Parts, job: Job, { type, reason = '', message = '' }: JobCondition): void {
  if (type !== 'Complete') {
    context.event(job, { type: 'Warning', reason, message, from: FROM })
    return
  }
  if (job.spec.completions !== undefined && (job.status?.succeeded ?? 0) > job.spec.completions) {
    const tooMany = 'Too many succeeded pods running after completion count reached'
    context.event(job, { type: 'Warning', reason: 'TooManySucceededPods', message: tooMany, from: FROM })
  }
  context.event(job, { type: 'Normal', reason: 'Completed', message: 'Job completed', from: FROM })
}
