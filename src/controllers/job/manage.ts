// Owns the number of pods of a running job: which are to be made, and which are too many.
// Source: kubernetes pkg/controller/job/job_controller.go (manageJob) and indexed_job_utils.go.
import type { Container, Pod, PodTemplateSpec } from '../../../generated/kubernetes.d.ts'
import type { Draft } from '../../kubernetes/client/client.ts'
import { firstMissing, intervalsOf, merge } from '../../rules/kubernetes/index-intervals.ts'
import { isIndexedJob } from '../../rules/kubernetes/job.ts'
import { isPodReady } from '../../rules/scheduling/pod.ts'
import { createPods, deletePods } from '../objects/pod-control.ts'
import { podFromTemplate } from '../objects/template.ts'
import { inDeletionOrder } from '../replicaset/ranking.ts'
import { remainingForIndexMs, remainingMs } from './backoff.ts'
import { isSuspended } from './conditions.ts'
import {
  COMPLETION_INDEX,
  completionIndexOf,
  FAILURE_COUNT,
  IGNORED_FAILURE_COUNT,
  isTerminating,
  nextFailureCounts,
  replacesOnlyFailed,
  TRACKING_FINALIZER,
  validIndexOf,
} from './job-pod.ts'
import { FROM, type Parts } from './parts.ts'
import type { Pass } from './pass.ts'
import { judgeFailure } from './policies.ts'
import { releasePods } from './release.ts'

// One pass makes or removes at most so many pods (MaxPodCreateDeletePerSync).
const BURST = 500
// names.MaxGeneratedNameLength: what is left of 63 letters before the random end of a name.
const NAME_LIMIT = 58
const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX'

/** What has become of the pods. */
export interface Managed {
  readonly active: number
  readonly ready: number
  readonly terminating: number
  readonly error?: unknown
  readonly requeueAfterMs?: number
}

/** Makes or removes pods as a job that goes on needs. */
export async function managePods(parts: Parts, pass: Pass): Promise<Managed> {
  const { job, active, terminating, ready } = pass
  const unchanged = { active: active.length, ready, terminating }
  const wanted = isSuspended(job) ? 0 : wantedPods(pass)
  const excess = podsForRemoval(pass, Math.max(0, active.length - wanted))
  if (excess.length > 0) return removePods(parts, pass, isSuspended(job) ? excess : excess.slice(0, BURST))
  const missing = wanted - active.length - (replacesOnlyFailed(job) ? terminating : 0)
  if (missing <= 0 || isSuspended(job)) return unchanged
  const perIndex = job.spec.backoffLimitPerIndex !== undefined
  const waitMs = perIndex ? 0 : remainingMs(pass.backoff, pass.nowMs)
  if (waitMs > 0) return { ...unchanged, requeueAfterMs: waitMs }
  const count = Math.min(missing, BURST)
  if (!isIndexedJob(job))
    return makePods(
      parts,
      pass,
      Array.from({ length: count }, () => undefined),
    )
  const { indexes, requeueAfterMs } = indexesToMake(pass, count)
  if (indexes.length === 0) return requeueAfterMs === undefined ? unchanged : { ...unchanged, requeueAfterMs }
  return makePods(parts, pass, indexes)
}

function wantedPods({ job, active, succeeded }: Pass): number {
  const { parallelism = 1, completions } = job.spec
  // A work queue: once one pod has succeeded no more are made.
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism
  return Math.max(0, Math.min(completions - succeeded, parallelism))
}

function podsForRemoval({ job, active, nowMs }: Pass, atLeast: number): Pod[] {
  if (!isIndexedJob(job)) return inDeletionOrder(active, [], nowMs).slice(0, atLeast)
  const byIndex = Map.groupBy(active, (pod) => validIndexOf(job, pod))
  const surplus = [...byIndex].flatMap(([index, pods]) => {
    const ordered = inDeletionOrder(pods, [], nowMs)
    return index === undefined ? ordered : ordered.slice(0, -1)
  })
  const gone = new Set(surplus)
  const rest = active.filter((pod) => !gone.has(pod))
  const more = Math.max(0, atLeast - surplus.length)
  return [...surplus, ...inDeletionOrder(rest, [], nowMs).slice(0, more)]
}

// These do not count as failed: their finalizer goes first.
async function removePods(parts: Parts, pass: Pass, victims: readonly Pod[]): Promise<Managed> {
  const { context, expectations } = parts
  const released = await releasePods(parts, pass.job, victims)
  const { done, error } = await deletePods(
    { context, owner: pass.job, expectations, from: FROM },
    victims.filter((pod) => released.done.has(pod.metadata.uid)),
  )
  const failure = released.error ?? error
  return {
    active: pass.active.length - done.length,
    ready: pass.ready - done.filter(isPodReady).length,
    terminating: pass.terminating + done.length,
    ...(failure === undefined ? {} : { error: failure }),
  }
}

function indexesToMake(
  { job, active, pods, succeededIndexes, failedIndexes = [], delayed, nowMs }: Pass,
  count: number,
): { indexes: number[]; requeueAfterMs?: number } {
  const occupying = replacesOnlyFailed(job) ? [...active, ...pods.filter(isTerminating)] : active
  const occupied = occupying.map(completionIndexOf).filter((index) => index !== undefined)
  const taken = merge(merge(succeededIndexes, failedIndexes), intervalsOf(occupied))
  const missing = firstMissing(taken, count, job.spec.completions ?? 0)
  const waits = missing.map((index) => remainingForIndexMs(delayed.get(index), nowMs))
  const indexes = missing.filter((_index, i) => waits[i] === 0)
  if (indexes.length > 0 || missing.length === 0) return { indexes }
  return { indexes, requeueAfterMs: Math.min(...waits) }
}

async function makePods(
  parts: Parts,
  pass: Pass,
  indexes: readonly (number | undefined)[],
): Promise<Managed> {
  const { context, expectations } = parts
  const drafts = indexes.map((index) => draftOf(pass, index))
  const { done, error } = await createPods({ context, owner: pass.job, expectations, from: FROM }, drafts)
  return {
    active: pass.active.length + done.length,
    ready: pass.ready,
    terminating: pass.terminating,
    ...(error === undefined ? {} : { error }),
  }
}

function draftOf(pass: Pass, index: number | undefined): Draft<Pod> {
  const { job } = pass
  const draft = podFromTemplate(job.spec.template, job)
  const finalizers = [...new Set([...(draft.metadata.finalizers ?? []), TRACKING_FINALIZER])]
  if (index === undefined) return { ...draft, metadata: { ...draft.metadata, finalizers } }
  const { annotations, labels } = draft.metadata
  return {
    ...draft,
    metadata: {
      ...draft.metadata,
      generateName: generatedName(job.metadata.name, index),
      labels: { ...labels, [COMPLETION_INDEX]: String(index) },
      annotations: { ...annotations, [COMPLETION_INDEX]: String(index), ...failureCounts(pass, index) },
      finalizers,
    },
    spec: { ...withIndexVariable(draft.spec), hostname: `${job.metadata.name}-${index}` },
  }
}

function generatedName(job: string, index: number): string {
  const end = `-${index}-`
  return `${job.slice(0, NAME_LIMIT - end.length)}${end}`
}

function failureCounts({ job, delayed }: Pass, index: number): Record<string, string> {
  if (job.spec.backoffLimitPerIndex === undefined) return {}
  const replaced = delayed.get(index)
  const { counted, ignored } = nextFailureCounts(
    replaced,
    replaced ? judgeFailure(job, replaced).counts : true,
  )
  return {
    [FAILURE_COUNT]: String(counted),
    ...(ignored > 0 ? { [IGNORED_FAILURE_COUNT]: String(ignored) } : {}),
  }
}

function withIndexVariable(spec: NonNullable<PodTemplateSpec['spec']>): NonNullable<PodTemplateSpec['spec']> {
  const fieldRef = { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` }
  const complete = (container: Container): Container => {
    const env = container.env ?? []
    if (env.some(({ name }) => name === INDEX_VARIABLE)) return container
    return { ...container, env: [...env, { name: INDEX_VARIABLE, valueFrom: { fieldRef } }] }
  }
  return {
    ...spec,
    containers: spec.containers.map(complete),
    ...(spec.initContainers ? { initContainers: spec.initContainers.map(complete) } : {}),
  }
}

/** Removes the pods of a job that has ended; their finalizers go once they are counted. */
export async function endPods(
  { context, expectations }: Parts,
  { job, active, ...pass }: Pass,
): Promise<Managed> {
  const { done, error } = await deletePods({ context, owner: job, expectations, from: FROM }, active)
  return {
    active: active.length - done.length,
    ready: pass.ready - done.filter(isPodReady).length,
    terminating: pass.terminating + done.length,
    ...(error === undefined ? {} : { error }),
  }
}
