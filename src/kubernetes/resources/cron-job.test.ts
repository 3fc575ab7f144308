import { beforeEach, expect, it, test } from 'vitest'

import type { CronJob } from '../../../generated/kubernetes.d.ts'
import { cronJobs, namespaces } from '../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../server/testing/api-fixture.ts'
import { cronJobKind } from './cron-job.ts'

const key = { namespace: 'd', name: 'x' }
const container = { name: 'c', image: 'nginx' }
const jobTemplate = { spec: { template: { spec: { containers: [container], restartPolicy: 'Never' } } } }

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
})

function create(spec: object): Promise<CronJob> {
  // Samples leave out what the server fills in.
  const draft = { metadata: key, spec: { schedule: '* * * * *', jobTemplate, ...spec } } as unknown as CronJob
  return fixture.client.create(cronJobs, draft)
}

it('gets defaults, and its jobs those of pods alone', async () => {
  const { spec, status } = await create({})
  expect(spec).toMatchObject({
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  })
  expect(Object.keys(spec.jobTemplate.spec ?? {})).toEqual(['template'])
  expect(spec.jobTemplate.spec?.template.spec).toMatchObject({ dnsPolicy: 'ClusterFirst' })
  expect(status).toEqual({})
})

it.each(['@every 1h', '@daily', '*/5 0-3,7 ? jan-mar Mon'])('takes schedule %s', async (schedule) => {
  expect((await create({ schedule })).spec.schedule).toBe(schedule)
})

it.each(['Europe/Berlin', 'Etc/UTC', 'America/Argentina/Buenos_Aires'])(
  'takes time zone %s',
  async (timeZone) => {
    expect((await create({ timeZone })).spec.timeZone).toBe(timeZone)
  },
)

it.each([
  [{ schedule: 'TZ=UTC 0 * * * *' }, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
  [{ timeZone: '' }, 'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
  [{ timeZone: '../UTC' }, 'spec.timeZone: Invalid value: "../UTC": unknown time zone ../UTC'],
])('cannot be changed to %j', async (spec, message) => {
  await create({})
  await expect(fixture.client.patch(cronJobs, key, { spec }, { type: 'merge' })).rejects.toThrow(message)
})

test('is printed as kubectl shows it', async () => {
  const cronJob = await create({ timeZone: 'Etc/UTC' })
  const nowMs = Date.parse('2026-01-01T00:01:00Z')
  const status = { lastScheduleTime: '2026-01-01T00:00:00Z', active: [{}] }
  const cells = (object: CronJob): unknown[] =>
    cronJobKind.columns.slice(1, 6).map((column) => column.cell(object, nowMs))
  expect(cells(cronJob)).toEqual(['* * * * *', 'Etc/UTC', 'False', 0, '<none>'])
  expect(cells({ ...cronJob, status } as CronJob)).toEqual(['* * * * *', 'Etc/UTC', 'False', 1, '60s'])
})
