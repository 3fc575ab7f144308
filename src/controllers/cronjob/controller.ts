// Owns the cron job controller: makes a job at each scheduled time, and removes the oldest that have ended.
// Source: kubernetes pkg/controller/cronjob/cronjob_controllerv2.go.
import type { CronJob, CronJobStatus, Job, ObjectReference } from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import { isAlreadyExists, isNotFound, messageOf } from '../../base/errors.ts'
import { deepCopy } from '../../base/json.ts'
import { isTimeZone } from '../../base/wall-clock.ts'
import type { Draft } from '../../kubernetes/client/client.ts'
import { cronJobs as cronJobResource, jobs as jobResource } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer, ReconcileResult } from '../../reconcile/controller.ts'
import { parseSchedule, ScheduleError, type CronSchedule } from '../../rules/kubernetes/cron-schedule.ts'
import { isJobFinished, trueCondition } from '../../rules/kubernetes/job.ts'
import { childrenOf, controllerOf, controllerReference, indexByController } from '../objects/owner.ts'
import { isNamespaceTerminating } from '../objects/terminating.ts'
import { dueAt, formatInZone, jobNameAt, untilNextMs } from './due.ts'

const FROM = 'cronjob-controller'
const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

interface Parts {
  readonly context: ControllerContext
  readonly cronJobs: Informer<CronJob>
  readonly jobs: Informer<Job>
}

/** One pass over a cron job, and the status that it leads to. */
interface Pass {
  readonly cronJob: CronJob
  readonly jobs: readonly Job[]
  readonly nowMs: number
  status: CronJobStatus
}

/** The control loop of cron jobs. */
export function createCronJobController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    cronJobs: context.informer(cronJobResource),
    jobs: context.informer(jobResource),
  }
  indexByController(parts.jobs)
  return {
    name: 'cronjob',
    sources: [
      parts.cronJobs.source(),
      parts.jobs.source((job) => {
        const owner = controllerOf(job)
        return owner?.kind === 'CronJob' ? [`${job.metadata.namespace}/${owner.name}`] : []
      }),
    ],
    concurrency: 5,
    reconcile: (key) => reconcile(parts, key),
  }
}

async function reconcile(parts: Parts, key: string): Promise<ReconcileResult | void> {
  const cronJob = parts.cronJobs.get(key)
  if (!cronJob) return
  const pass: Pass = {
    cronJob,
    jobs: childrenOf(parts.jobs, cronJob),
    nowMs: parts.context.clock.now(),
    status: cronJob.status ?? {},
  }
  await removeOldest(parts, pass)
  await noteEnded(parts, pass)
  try {
    return await start(parts, pass)
  } finally {
    await writeStatus(parts, pass)
  }
}

async function writeStatus({ context }: Parts, { cronJob, status }: Pass): Promise<void> {
  if (status === cronJob.status || Object.keys(status).length === 0) return
  const { active, ...rest } = status
  const next = { ...rest, ...(active?.length ? { active } : {}) }
  try {
    await context.client.updateStatus(cronJobResource, { ...cronJob, status: next })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

function tell({ context }: Parts, { cronJob }: Pass, [type, reason, message]: Telling): void {
  context.event(cronJob, { type, reason, message, from: FROM })
}

type Telling = readonly [type: 'Normal' | 'Warning', reason: string, message: string]

function isActive({ status }: Pass, uid: string): boolean {
  return status.active?.some((reference) => reference.uid === uid) ?? false
}

function forget(pass: Pass, uid: string | undefined): void {
  const active = (pass.status.active ?? []).filter((reference) => reference.uid !== uid)
  pass.status = { ...pass.status, active }
}

/** Takes jobs that have ended or gone out of the list of active ones. */
async function noteEnded(parts: Parts, pass: Pass): Promise<void> {
  for (const job of pass.jobs) {
    const { name, uid } = job.metadata
    if (!isJobFinished(job)) {
      if (!isActive(pass, uid) && !(await isKnownLive(parts, pass, uid))) {
        const message = `Saw a job that the controller did not create or forgot: ${name}`
        tell(parts, pass, ['Warning', 'UnexpectedJob', message])
      }
      continue
    }
    const complete = trueCondition(job, 'Complete')
    if (isActive(pass, uid)) {
      forget(pass, uid)
      const condition = complete ? 'Complete' : 'Failed'
      tell(parts, pass, ['Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${condition}`])
    }
    const endedAt = complete && job.status?.completionTime
    const lastMs = Date.parse(pass.status.lastSuccessfulTime ?? '') || 0
    if (endedAt && Date.parse(endedAt) > lastMs) {
      pass.status = { ...pass.status, lastSuccessfulTime: endedAt }
    }
  }
  const known = new Set(pass.jobs.map(({ metadata }) => metadata.uid))
  for (const { namespace = '', name = '', uid } of pass.status.active ?? []) {
    if (known.has(uid ?? '') || (await readJob(parts, { namespace, name }))) continue
    tell(parts, pass, ['Normal', 'MissingJob', `Active job went missing: ${name}`])
    forget(pass, uid)
  }
}

// The informer of cron jobs may be behind that of jobs.
async function isKnownLive({ context }: Parts, { cronJob }: Pass, uid: string): Promise<boolean> {
  const { namespace = '', name } = cronJob.metadata
  try {
    const live = await context.client.get(cronJobResource, { namespace, name })
    return live.status?.active?.some((reference) => reference.uid === uid) ?? false
  } catch (error) {
    if (isNotFound(error)) return true
    throw error
  }
}

async function readJob(
  { context }: Parts,
  key: { namespace: string; name: string },
): Promise<Job | undefined> {
  try {
    return await context.client.get(jobResource, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Removes the oldest of the jobs that have ended, beyond those to be kept. */
async function removeOldest(parts: Parts, pass: Pass): Promise<void> {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = pass.cronJob.spec
  const limits = [
    ['Complete', successfulJobsHistoryLimit],
    ['Failed', failedJobsHistoryLimit],
  ] as const
  for (const [condition, limit] of limits) {
    if (limit === undefined) continue
    const ended = pass.jobs.filter((job) => trueCondition(job, condition) && !job.metadata.deletionTimestamp)
    const oldest = ended.toSorted(byStart).slice(0, Math.max(0, ended.length - limit))
    for (const job of oldest) await removeJob(parts, pass, job)
  }
}

function byStart(a: Job, b: Job): number {
  const startOf = ({ status }: Job): number =>
    status?.startTime ? Date.parse(status.startTime) : Number.POSITIVE_INFINITY
  return startOf(a) - startOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1)
}

async function removeJob(parts: Parts, pass: Pass, job: Job): Promise<boolean> {
  const { namespace = '', name, uid } = job.metadata
  try {
    await parts.context.client.delete(
      jobResource,
      { namespace, name },
      { propagationPolicy: 'Background', preconditions: { uid } },
    )
  } catch (error) {
    if (isNotFound(error)) return true
    tell(parts, pass, ['Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`])
    return false
  }
  if (isActive(pass, uid)) forget(pass, uid)
  tell(parts, pass, ['Normal', 'SuccessfulDelete', `Deleted job ${name}`])
  return true
}

/** Makes the job that is due, if one is. */
async function start(parts: Parts, pass: Pass): Promise<ReconcileResult | void> {
  const { cronJob, nowMs } = pass
  const { spec } = cronJob
  if (cronJob.metadata.deletionTimestamp) return
  if (spec.timeZone !== undefined && !isTimeZone(spec.timeZone)) {
    const message = `invalid timeZone: ${JSON.stringify(spec.timeZone)}: unknown time zone ${spec.timeZone}`
    return tell(parts, pass, ['Warning', 'UnknownTimeZone', message])
  }
  if (spec.suspend) return
  const schedule = readSchedule(parts, pass)
  if (!schedule) return
  const { atMs, isMany } = dueAt(cronJob, schedule, nowMs)
  if (isMany) {
    const message =
      'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew'
    tell(parts, pass, ['Warning', 'TooManyMissedTimes', message])
  }
  if (atMs !== undefined) await startAt(parts, pass, atMs)
  const requeueAfterMs = untilNextMs({ ...cronJob, status: pass.status }, schedule, nowMs)
  return requeueAfterMs === undefined ? undefined : { requeueAfterMs }
}

function readSchedule(parts: Parts, pass: Pass): CronSchedule | undefined {
  const { schedule } = pass.cronJob.spec
  try {
    return parseSchedule(schedule)
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`
    tell(parts, pass, ['Warning', 'UnparseableSchedule', message])
    return undefined
  }
}

async function startAt(parts: Parts, pass: Pass, atMs: number): Promise<void> {
  const { cronJob, status, nowMs } = pass
  const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec
  if (startingDeadlineSeconds !== undefined && atMs + startingDeadlineSeconds * 1000 < nowMs) {
    const message = `Missed scheduled time to start a job: ${new Date(atMs).toUTCString().replace('GMT', '+0000')}`
    return tell(parts, pass, ['Warning', 'MissSchedule', message])
  }
  const name = jobNameAt(cronJob, atMs)
  const active = status.active ?? []
  const isDone = Date.parse(status.lastScheduleTime ?? '') === atMs
  if (isDone || active.some((reference) => reference.name === name)) return
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid'
    return tell(parts, pass, ['Normal', 'JobAlreadyActive', message])
  }
  if (concurrencyPolicy === 'Replace') await replaceActive(parts, pass, active)
  const job = await createJob(parts, pass, atMs)
  if (!job) return
  pass.status = {
    ...pass.status,
    active: [...(pass.status.active ?? []), referenceTo(job)],
    lastScheduleTime: formatTimestamp(atMs),
  }
}

async function replaceActive(parts: Parts, pass: Pass, active: readonly ObjectReference[]): Promise<void> {
  for (const { namespace = '', name = '' } of active) {
    let job: Job
    try {
      job = await parts.context.client.get(jobResource, { namespace, name })
    } catch (error) {
      tell(parts, pass, ['Warning', 'FailedGet', `Get job: ${messageOf(error)}`])
      throw error
    }
    await removeJob(parts, pass, job)
  }
}

/** The job of a scheduled time, made now or by a pass that did not come to note it; undefined when it is another's. */
async function createJob(parts: Parts, pass: Pass, atMs: number): Promise<Job | undefined> {
  const { cronJob } = pass
  const draft = draftOf(cronJob, atMs)
  try {
    const job = await parts.context.client.create(jobResource, draft)
    tell(parts, pass, ['Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`])
    return job
  } catch (error) {
    if (isAlreadyExists(error)) {
      const { namespace = '', name = '' } = draft.metadata
      const job = await parts.context.client.get(jobResource, { namespace, name })
      return controllerOf(job)?.uid === cronJob.metadata.uid ? job : undefined
    }
    if (!isNamespaceTerminating(error)) {
      tell(parts, pass, ['Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`])
    }
    throw error
  }
}

function draftOf(cronJob: CronJob, atMs: number): Draft<Job> {
  const { jobTemplate, timeZone } = cronJob.spec
  const { labels, annotations } = jobTemplate.metadata ?? {}
  const { namespace } = cronJob.metadata
  return {
    metadata: {
      name: jobNameAt(cronJob, atMs),
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels ? { labels: { ...labels } } : {}),
      annotations: { ...annotations, [SCHEDULED_AT]: formatInZone(atMs, timeZone) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: deepCopy(jobTemplate.spec ?? { template: {} }),
  }
}

function referenceTo({ metadata }: Job): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata
  return {
    kind: 'Job',
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    apiVersion: 'batch/v1',
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
}
