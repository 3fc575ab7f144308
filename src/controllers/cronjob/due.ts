// Owns when a cron job is due: the last scheduled time that it has not met, and how long until the next.
// Source: kubernetes pkg/controller/cronjob/utils.go (mostRecentScheduleTime).
import type { CronJob } from '../../../generated/kubernetes.d.ts'
import { zoneOffsetMs } from '../../base/wall-clock.ts'
import { nextTime, type CronSchedule } from '../../rules/kubernetes/cron-schedule.ts'

// So that a pass comes after its time, not just before.
const DELTA_MS = 100
const MANY = 100
const MINUTE_MS = 60_000

/** What has been missed since the last job, or since there is the cron job. */
export interface Due {
  /** The latest scheduled time that is over, in epoch milliseconds; undefined when there is none. */
  readonly atMs?: number
  /** True when more than a hundred times were missed. */
  readonly isMany: boolean
}

/** What is due now; nothing that is too late to be started counts. */
export function dueAt(cronJob: CronJob, schedule: CronSchedule, nowMs: number): Due {
  const { startingDeadlineSeconds } = cronJob.spec
  const tooLateMs = startingDeadlineSeconds === undefined ? 0 : nowMs - startingDeadlineSeconds * 1000
  return mostRecent(cronJob, schedule, { nowMs, fromMs: Math.max(sinceMs(cronJob), tooLateMs) })
}

/** Milliseconds until the next scheduled time; undefined when there is none. */
export function untilNextMs(cronJob: CronJob, schedule: CronSchedule, nowMs: number): number | undefined {
  const fromMs = sinceMs(cronJob)
  const { atMs } = mostRecent(cronJob, schedule, { nowMs, fromMs })
  const nextMs = nextTime(schedule, atMs ?? fromMs, cronJob.spec.timeZone)
  if (nextMs === undefined) return undefined
  // Where times were skipped, the next is counted from now.
  const futureMs = nextMs > nowMs ? nextMs : nextTime(schedule, nowMs, cronJob.spec.timeZone)
  return futureMs === undefined ? undefined : futureMs + DELTA_MS - nowMs
}

function sinceMs({ metadata, status }: CronJob): number {
  return Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp)
}

function mostRecent(
  { spec: { timeZone } }: CronJob,
  schedule: CronSchedule,
  { nowMs, fromMs }: { readonly nowMs: number; readonly fromMs: number },
): Due {
  const next = (afterMs: number): number | undefined => nextTime(schedule, afterMs, timeZone)
  const first = next(fromMs)
  if (first === undefined || first > nowMs) return { isMany: false }
  const second = next(first)
  if (second === undefined || second > nowMs) return { atMs: first, isMany: false }
  // Counted by the first interval, and not one by one: a clock that was wrong may be off by years.
  const intervalMs = second - first
  const missed = Math.floor((nowMs - first) / intervalMs) + 1
  let atMs: number | undefined
  let candidate = next(first + (missed - 2) * intervalMs)
  while (candidate !== undefined && candidate <= nowMs) {
    atMs = candidate
    candidate = next(candidate)
  }
  return { ...(atMs === undefined ? {} : { atMs }), isMany: missed > MANY }
}

/** The name of the job of a scheduled time: the same each time, so that it is made once. */
export function jobNameAt({ metadata }: CronJob, atMs: number): string {
  return `${metadata.name}-${Math.floor(atMs / MINUTE_MS)}`
}

/** A moment as RFC 3339 in a time zone, UTC by default. */
export function formatInZone(atMs: number, zone?: string): string {
  const offsetMs = zoneOffsetMs(atMs, zone)
  const shown = new Date(atMs + offsetMs).toISOString().slice(0, 19)
  if (offsetMs === 0) return `${shown}Z`
  const minutes = Math.abs(offsetMs) / MINUTE_MS
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  return `${shown}${offsetMs < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}
