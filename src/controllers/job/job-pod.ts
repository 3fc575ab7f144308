// Owns what is read off the pods of jobs: their index, whether they have failed and when, what holds them.
// Source: kubernetes pkg/controller/job (indexed_job_utils.go, backoff_utils.go, tracking_utils.go).
import type { Job, Pod } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { isIndexedJob } from '../../rules/kubernetes/job.ts'
import { podCondition } from '../../rules/scheduling/pod.ts'

/** Keeps a pod until its end has been counted. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking'
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index'
export const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count'
export const IGNORED_FAILURE_COUNT = 'batch.kubernetes.io/job-index-ignored-failure-count'

const MAXIMUM_COUNT = 2_147_483_647

/** True for pods whose end has not been counted. */
export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false
}

/** The completion index of a pod; undefined when it has none. */
export function completionIndexOf({ metadata }: Pod): number | undefined {
  const text = own(metadata.annotations, COMPLETION_INDEX)
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** The index of a pod when the job has such a completion. */
export function validIndexOf(job: Job, pod: Pod): number | undefined {
  const index = completionIndexOf(pod)
  return index !== undefined && index < (job.spec.completions ?? 0) ? index : undefined
}

/** True when a pod can count for the job: any pod, or one with an index that the job has. */
export function hasPlace(job: Job, pod: Pod): boolean {
  return !isIndexedJob(job) || validIndexOf(job, pod) !== undefined
}

/** True when pods are replaced only once they have ended, and not already when they are being deleted. */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined
}

/** True for pods that count as failed: those that are, and, unless the job waits for them, those being deleted. */
export function isPodFailed(job: Job, pod: Pod): boolean {
  const { phase } = pod.status ?? {}
  if (phase === 'Failed') return true
  if (replacesOnlyFailed(job)) return false
  return pod.metadata.deletionTimestamp !== undefined && phase !== 'Succeeded'
}

/** True for pods that are being deleted and have not ended. */
export function isTerminating({ metadata, status }: Pod): boolean {
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  return metadata.deletionTimestamp !== undefined && !ended
}

/** When a pod ended, in epoch milliseconds, by the best witness there is. */
export function finishedAtMs(pod: Pod): number {
  const ready = podCondition(pod, 'Ready')
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = pod.metadata
  const ended = containersFinishedAtMs(pod)
  if (ended !== undefined) return ended
  if (ready?.status === 'False' && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime)
  if (deletionTimestamp) return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000
  return Date.parse(creationTimestamp)
}

function containersFinishedAtMs({ spec, status }: Pod): number | undefined {
  const sidecars = new Set(
    (spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map(({ name }) => name),
  )
  const statuses = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)),
  ]
  const times = statuses.map(({ state }) => state?.terminated?.finishedAt)
  if (times.length === 0 || times.some((time) => !time)) return undefined
  return Math.max(...times.map((time) => Date.parse(time ?? '')))
}

/** How often the pods of this index had failed and counted when this one was made. */
export function failureCountOf({ metadata }: Pod): number {
  return readCount(own(metadata.annotations, FAILURE_COUNT))
}

/** How often the pods of this index had failed when this one was made, counted or not. */
export function absoluteFailureCountOf(pod: Pod): number {
  return failureCountOf(pod) + readCount(own(pod.metadata.annotations, IGNORED_FAILURE_COUNT))
}

/** The two counts that the pod that replaces one carries. */
export function nextFailureCounts(
  pod: Pod | undefined,
  counts: boolean,
): { counted: number; ignored: number } {
  if (!pod) return { counted: 0, ignored: 0 }
  const ignored = readCount(own(pod.metadata.annotations, IGNORED_FAILURE_COUNT))
  return { counted: failureCountOf(pod) + (counts ? 1 : 0), ignored: ignored + (counts ? 0 : 1) }
}

// Users can write anything there: what is no count is none.
function readCount(text: string | undefined): number {
  const count = text !== undefined && /^\d+$/.test(text) ? Number(text) : 0
  return count <= MAXIMUM_COUNT ? count : 0
}
