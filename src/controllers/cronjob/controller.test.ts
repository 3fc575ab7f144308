import { describe, expect, test } from 'vitest'

import type { CronJob, Job } from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import { cronJobs, jobs } from '../../kubernetes/client/resources.ts'
import { parseSchedule } from '../../rules/kubernetes/cron-schedule.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createCronJobController } from './controller.ts'
import { dueAt, formatInZone, jobNameAt, untilNextMs } from './due.ts'

const key = { namespace: 'default', name: 'cj' }
const MINUTE = 60_000

/** A cron job that is due every minute, and its jobs. */
class Stage implements AsyncDisposable {
  readonly rehearsal = new Rehearsal()
  readonly client = this.rehearsal.client

  constructor(spec: Partial<CronJob['spec']> = {}) {
    this.client.seed(cronJobs, {
      metadata: key,
      spec: {
        schedule: '* * * * *',
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
        jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { template: {} } },
        ...spec,
      },
    })
    this.rehearsal.start(createCronJobController(this.rehearsal.context))
  }

  cronJob(): Promise<CronJob> {
    return this.client.get(cronJobs, key)
  }

  async jobs(): Promise<readonly Job[]> {
    return (await this.client.list(jobs)).items
  }

  /** Time goes on to shortly after the start of the next minute. */
  async nextMinute(): Promise<void> {
    const { clock } = this.rehearsal
    await this.rehearsal.settle()
    await clock.advance(MINUTE - (clock.now() % MINUTE) + 500)
    await this.rehearsal.settle()
  }

  async end(job: Job | undefined, type: 'Complete' | 'Failed'): Promise<void> {
    if (!job) throw new Error('no such job')
    const now = formatTimestamp(this.rehearsal.clock.now())
    const conditions = [{ type, status: 'True', lastTransitionTime: now }]
    const status = { conditions, startTime: now, ...(type === 'Complete' ? { completionTime: now } : {}) }
    await this.client.updateStatus(jobs, { ...job, status })
    await this.rehearsal.settle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rehearsal[Symbol.asyncDispose]()
  }
}

describe('a cron job', () => {
  test('makes a job at each time, and notes how it ended', async () => {
    await using stage = new Stage()
    await stage.nextMinute()
    const [job] = await stage.jobs()
    const atMs = Math.floor(stage.rehearsal.clock.now() / MINUTE) * MINUTE
    expect(job?.metadata).toMatchObject({
      name: `cj-${atMs / MINUTE}`,
      labels: { a: 'b' },
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': formatTimestamp(atMs) },
      ownerReferences: [{ kind: 'CronJob', name: 'cj', controller: true }],
    })
    expect((await stage.cronJob()).status).toEqual({
      active: [
        {
          kind: 'Job',
          namespace: 'default',
          name: job?.metadata.name,
          uid: job?.metadata.uid,
          apiVersion: 'batch/v1',
          resourceVersion: job?.metadata.resourceVersion,
        },
      ],
      lastScheduleTime: formatTimestamp(atMs),
    })
    await stage.end(job, 'Complete')
    const { status } = await stage.cronJob()
    expect(status?.active).toBeUndefined()
    expect(status?.lastSuccessfulTime).toBe(formatTimestamp(stage.rehearsal.clock.now()))
    expect(await stage.rehearsal.told()).toEqual([
      `SuccessfulCreate: Created job ${job?.metadata.name}`,
      `SawCompletedJob: Saw completed job: ${job?.metadata.name}, condition: Complete`,
    ])
  })

  test('keeps as many ended jobs as it is told', async () => {
    await using stage = new Stage({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 })
    for (let i = 0; i < 3; i += 1) {
      await stage.nextMinute()
      await stage.end((await stage.jobs()).at(-1), i === 1 ? 'Failed' : 'Complete')
    }
    expect((await stage.jobs()).length).toBe(1)
    const told = await stage.rehearsal.told()
    expect(told.filter((line) => line.startsWith('SuccessfulDelete: Deleted job cj-')).length).toBe(2)
  })

  test('makes none while it is suspended', async () => {
    await using stage = new Stage({ suspend: true })
    await stage.nextMinute()
    expect(await stage.jobs()).toEqual([])
  })

  test('tells a job that went missing', async () => {
    await using stage = new Stage()
    await stage.nextMinute()
    const [job] = await stage.jobs()
    await stage.client.delete(jobs, { namespace: 'default', name: job?.metadata.name ?? '' })
    await stage.rehearsal.settle()
    expect(await stage.rehearsal.told()).toContain(
      `MissingJob: Active job went missing: ${job?.metadata.name}`,
    )
    expect((await stage.cronJob()).status?.active).toBeUndefined()
  })
})

describe('a job that still runs', () => {
  test.each([
    ['Allow', 2, ''],
    [
      'Forbid',
      1,
      'JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid',
    ],
    ['Replace', 1, 'SuccessfulDelete: Deleted job '],
  ] as const)('with %s', async (concurrencyPolicy, count, told) => {
    await using stage = new Stage({ concurrencyPolicy })
    await stage.nextMinute()
    const [first] = await stage.jobs()
    await stage.nextMinute()
    const after = await stage.jobs()
    expect(after.length).toBe(count)
    expect(after.some(({ metadata }) => metadata.uid === first?.metadata.uid)).toBe(
      concurrencyPolicy !== 'Replace',
    )
    expect((await stage.cronJob()).status?.active?.length).toBe(count)
    expect((await stage.rehearsal.told()).some((line) => line.startsWith(told))).toBe(true)
  })
})

test('a job that was made and not noted is noted, and made once', async () => {
  await using stage = new Stage()
  stage.client.failNext('updateStatus', 'cronjobs', new Error('killed'))
  await stage.nextMinute()
  await stage.rehearsal.until('noted', async () => (await stage.cronJob()).status?.active?.length === 1)
  expect((await stage.jobs()).length).toBe(1)
})

interface Given {
  readonly last?: string
  readonly deadline?: number
}

// kubernetes pkg/controller/cronjob/utils_test.go TestMostRecentScheduleTime and TestNextScheduleTimeDuration.
describe('what is due', () => {
  const at = (time: string): number => Date.parse(`2015-05-19T${time}:00Z`)
  const iso = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : new Date(ms).toISOString().slice(11, 16)
  const sample = (spec: Partial<CronJob['spec']>, last?: string): CronJob =>
    // A sample with what counts.
    ({
      metadata: { name: 'cj', creationTimestamp: '2015-05-19T09:00:00Z' },
      spec: { schedule: '', jobTemplate: {}, ...spec },
      status: last ? { lastScheduleTime: `2015-05-19T${last}:00Z` } : {},
    }) as unknown as CronJob

  test.each([
    ['0 * * * *', '09:30', undefined, {}],
    ['0 * * * *', '10:10', '10:00', {}],
    ['0 * * * *', '12:10', '12:00', {}],
    ['0 * * * *', '12:10', undefined, { last: '12:00' }],
    ['*/5 * * * *', '22:02', '22:00', {}],
    ['0 * * * *', '12:40', undefined, { deadline: 600 }],
    ['0 * * * *', '12:09', '12:00', { deadline: 600 }],
    ['30 6-16/4 * * 1-5', '18:00', '14:30', {}],
  ])('%j at %s is %s, given %j', (schedule, now, expected, { last, deadline }: Given) => {
    const spec = deadline === undefined ? {} : { startingDeadlineSeconds: deadline }
    expect(iso(dueAt(sample(spec, last), parseSchedule(schedule), at(now)).atMs)).toBe(expected)
  })

  test('is many after more than a hundred', () => {
    const schedule = parseSchedule('* * * * *')
    expect(dueAt(sample({}), schedule, at('10:39')).isMany).toBe(false)
    expect(dueAt(sample({}), schedule, at('10:42')).isMany).toBe(true)
  })

  test.each([
    ['0 * * * *', '09:30', undefined, 30],
    ['0 * * * *', '10:10', '10:00', 50],
    ['@every 1h', '10:10', '10:00', 50],
    ['0 * * * *', '12:10', '10:00', 50],
  ])('next of %j at %s after %s: in %i minutes', (schedule, now, last, minutes) => {
    expect(untilNextMs(sample({}, last), parseSchedule(schedule), at(now))).toBe(minutes * MINUTE + 100)
  })

  test('has names and stamps of its own', () => {
    expect(jobNameAt(sample({}), at('09:00'))).toBe('cj-23867100')
    expect(formatInZone(at('09:00'))).toBe('2015-05-19T09:00:00Z')
    expect(formatInZone(at('09:00'), 'Asia/Kolkata')).toBe('2015-05-19T14:30:00+05:30')
    expect(formatInZone(at('09:00'), 'America/New_York')).toBe('2015-05-19T05:00:00-04:00')
  })
})
