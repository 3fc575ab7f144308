// Jobs as kube-apiserver v1.35.4 stored them and as it refused their updates, and writes of their status.
import { beforeEach, describe, expect, it, test } from 'vitest'

import type { Job } from '../../../generated/kubernetes.d.ts'
import { jobs, namespaces } from '../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../server/testing/api-fixture.ts'
import { sendTo } from '../server/testing/send.ts'
import { jobKind } from './job.ts'

const UID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const key = { namespace: 'd', name: 'x' }
const template = {
  metadata: {},
  spec: { containers: [{ name: 'c', image: 'nginx' }], restartPolicy: 'Never' },
}

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
})

async function create(spec: object, metadata: object = {}): Promise<Job> {
  // Samples leave out what the server fills in.
  const draft = { metadata: { ...key, ...metadata }, spec: { template, ...spec } } as unknown as Job
  return fixture.client.create(jobs, draft)
}

async function refusalOf(write: Promise<unknown>): Promise<string> {
  return write.then(
    () => 'accepted',
    (error: Error) => error.message.replaceAll(UID, '<uid>'),
  )
}

const generated = {
  'batch.kubernetes.io/controller-uid': '<uid>',
  'batch.kubernetes.io/job-name': 'x',
  'controller-uid': '<uid>',
  'job-name': 'x',
}

function shown(job: Job): Job {
  return JSON.parse(JSON.stringify(job).replaceAll(UID, '<uid>')) as Job
}

describe('a new job', () => {
  it('gets a selector, labels and defaults', async () => {
    const job = shown(await create({}))
    expect(job.metadata).toMatchObject({ generation: 1, labels: generated })
    expect(job.spec).toMatchObject({
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': '<uid>' } },
      manualSelector: false,
      template: { metadata: { labels: generated } },
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
    })
    expect(job.status).toEqual({})
  })

  it('has no limit for all of it when it has one for each index', async () => {
    const podFailurePolicy = {
      rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }],
    }
    const { spec } = await create({
      completions: 3,
      completionMode: 'Indexed',
      backoffLimitPerIndex: 1,
      podFailurePolicy,
    })
    expect(spec).toMatchObject({
      backoffLimit: 2_147_483_647,
      podReplacementPolicy: 'Failed',
      parallelism: 1,
    })
    expect(spec.podFailurePolicy?.rules[0]?.onPodConditions).toEqual([
      { type: 'DisruptionTarget', status: 'True' },
    ])
  })

  it('has the labels of its template unless it has its own', async () => {
    const labels = { app: 'a' }
    const given = { template: { ...template, metadata: { labels } } }
    expect(shown(await create(given)).metadata.labels).toEqual({ ...generated, app: 'a' })
    const own = await create(given, { name: 'y', labels: { own: 'b' } })
    expect(own.metadata.labels).toEqual({ own: 'b' })
  })

  it('completes nothing of a work queue', async () => {
    const { spec } = await create({ parallelism: 3 })
    expect(spec.completions).toBeUndefined()
  })

  it('keeps the selector that it brings', async () => {
    const labels = { app: 'a' }
    const { spec } = await create({
      manualSelector: true,
      selector: { matchLabels: labels },
      template: { ...template, metadata: { labels } },
    })
    expect(spec).toMatchObject({
      selector: { matchLabels: labels },
      template: { metadata: { labels } },
    })
  })
})

describe('an update', () => {
  const patch = (spec: object): Promise<Job> => fixture.client.patch(jobs, key, { spec }, { type: 'merge' })

  it.each([
    [{ completions: 5 }, 'spec.completions: Invalid value: 5: field is immutable'],
    [{ completionMode: 'Indexed' }, 'spec.completionMode: Invalid value: "Indexed": field is immutable'],
    [{ managedBy: 'a.b/c' }, 'spec.managedBy: Invalid value: "a.b/c": field is immutable'],
    [
      { podFailurePolicy: { rules: [] } },
      '[spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed", spec.podFailurePolicy: Invalid value: {"Rules":[]}: field is immutable]',
    ],
    [
      { selector: { matchLabels: { z: 'z' } } },
      '[spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"<uid>","z":"z"}}: `selector` not auto-generated, spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"<uid>","batch.kubernetes.io/job-name":"x","controller-uid":"<uid>","job-name":"x"}: `selector` does not match template `labels`, spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"<uid>","z":"z"}}: field is immutable]',
    ],
  ])('to %j is refused', async (spec, message) => {
    await create({})
    expect(await refusalOf(patch(spec))).toBe(`Job.batch "x" is invalid: ${message}`)
  })

  it.each([
    { parallelism: 5 },
    { backoffLimit: 1 },
    { suspend: true },
    { activeDeadlineSeconds: 7 },
    { ttlSecondsAfterFinished: 7 },
    { podReplacementPolicy: 'Failed' },
  ])('to %j is accepted', async (spec) => {
    await create({})
    expect((await patch(spec)).spec).toMatchObject(spec)
  })

  it('of the template is refused, but for where its pods go while it has never run', async () => {
    await create({ suspend: true })
    const nodeSelector = { a: 'b' }
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
        },
      },
    }
    const next = await patch({ template: { spec: { nodeSelector, affinity } } })
    expect(next.spec.template.spec).toMatchObject({ nodeSelector, affinity })
    const image = { template: { spec: { containers: [{ name: 'c', image: 'z' }] } } }
    expect(await refusalOf(patch(image))).toContain('spec.template: Invalid value: ')
    await patch({ suspend: false })
    expect(await refusalOf(patch({ template: { spec: { nodeSelector: { a: 'c' } } } }))).toContain(
      'field is immutable',
    )
  })

  it('scales an indexed job by completions and parallelism together', async () => {
    await create({ completionMode: 'Indexed', completions: 2, parallelism: 2 })
    expect(await refusalOf(patch({ completions: 3 }))).toBe(
      'Job.batch "x" is invalid: spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism',
    )
    expect((await patch({ completions: 3, parallelism: 3 })).spec.completions).toBe(3)
  })
})

describe('a write of the status', () => {
  const time = '2026-01-01T00:00:00Z'
  const condition = (type: string): object => ({ type, status: 'True', lastTransitionTime: time })
  const complete = {
    conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
    startTime: time,
    completionTime: time,
    succeeded: 1,
  }
  const failed = { conditions: [condition('FailureTarget'), condition('Failed')], startTime: time }

  test.each<[string, { spec?: object; before?: object; status: object }, string]>([
    ['complete', { status: complete }, 'accepted'],
    ['failed', { status: failed }, 'accepted'],
    [
      'complete without its criteria',
      { status: { ...complete, conditions: [condition('Complete')] } },
      'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
    [
      'complete and active',
      { status: { ...complete, active: 1 } },
      'status.active: Invalid value: 1: active>0 is invalid for finished job',
    ],
    [
      'complete at no time',
      { status: { ...complete, completionTime: undefined } },
      'status.completionTime: Required value: completionTime is required for Complete jobs',
    ],
    [
      'complete before its start',
      { status: { ...complete, completionTime: '2025-01-01T00:00:00Z' } },
      'status.completionTime: Invalid value: "2025-01-01T00:00:00Z": must be equal to or after `startTime`',
    ],
    [
      'failed without its target',
      { status: { ...failed, conditions: [condition('Failed')] } },
      'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
    ],
    [
      'open again',
      { before: failed, status: { startTime: time } },
      '[status.conditions: Invalid value: cannot disable the terminal Failed=True condition, status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition]',
    ],
    [
      'with fewer failures',
      { before: { failed: 2 }, status: { failed: 1 } },
      'status.failed: Invalid value: 1: cannot decrease the failed counter',
    ],
    [
      'with fewer successes',
      { before: { succeeded: 2 }, status: { succeeded: 1 } },
      'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter',
    ],
    [
      'with more pods ready than active',
      { status: { active: 1, ready: 2 } },
      'status.ready: Invalid value: 2: cannot set more ready pods than active',
    ],
    [
      'with indexes of a job without',
      { status: { completedIndexes: '0' } },
      'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
    ],
    [
      'with indexes that overlap',
      {
        spec: { completionMode: 'Indexed', completions: 5, backoffLimitPerIndex: 1 },
        status: { completedIndexes: '0-2', failedIndexes: '2,3' },
      },
      'status.failedIndexes: Invalid value: "2,3": failedIndexes and completedIndexes overlap at index: 2',
    ],
    [
      'with an index beyond',
      { spec: { completionMode: 'Indexed', completions: 5 }, status: { completedIndexes: '5' } },
      'status.completedIndexes: Invalid value: "5": error parsing completedIndexes: too large index: "5"',
    ],
    [
      'with a pod counted twice',
      { status: { uncountedTerminatedPods: { succeeded: ['a'], failed: ['a'] } } },
      'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
    ],
    [
      'without its start',
      { before: { startTime: time }, status: {} },
      'status.startTime: Required value: startTime cannot be removed for unsuspended job',
    ],
  ])('%s', async (_name, { spec = {}, before = {}, status }, expected) => {
    const job = await create(spec)
    const started = await fixture.client.updateStatus(jobs, { ...job, status: before } as Job)
    const answer = await refusalOf(fixture.client.updateStatus(jobs, { ...started, status } as Job))
    expect(answer).toBe(expected === 'accepted' ? expected : `Job.batch "x" is invalid: ${expected}`)
  })
})

describe('a job in kubectl get', () => {
  const nowMs = Date.parse('2026-01-01T01:00:00Z')
  const cells = (job: object): unknown[] =>
    // A sample without what the columns do not read.
    jobKind.columns.slice(1, 4).map((column) => column.cell(job as Job, nowMs))
  const condition = (type: string): object => ({ type, status: 'True' })

  test.each([
    [
      { spec: { completions: 3 }, status: { succeeded: 1, startTime: '2026-01-01T00:59:00Z' } },
      ['Running', '1/3', '60s'],
    ],
    [{ spec: { parallelism: 4 }, status: {} }, ['Running', '0/1 of 4', '']],
    [
      { spec: { parallelism: 1 }, status: { conditions: [condition('Suspended')] } },
      ['Suspended', '0/1', ''],
    ],
    [
      { spec: { completions: 1 }, status: { conditions: [condition('FailureTarget')] } },
      ['FailureTarget', '0/1', ''],
    ],
    [
      {
        spec: { completions: 1 },
        status: {
          succeeded: 1,
          conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
          startTime: '2026-01-01T00:00:00Z',
          completionTime: '2026-01-01T00:00:05Z',
        },
      },
      ['Complete', '1/1', '5s'],
    ],
  ])('%j', (job, expected) => {
    expect(cells({ metadata: {}, ...job })).toEqual(expected)
  })
})

it('is found by how many of its pods succeeded', async () => {
  const job = await create({})
  await fixture.client.updateStatus(jobs, { ...job, status: { succeeded: 1 } })
  const url = '/apis/batch/v1/jobs?fieldSelector=status.successful'
  const count = async (value: string): Promise<number> => {
    const { body } = await sendTo(fixture.server, 'GET', `${url}=${value}`)
    return (JSON.parse(body as string) as { items: unknown[] }).items.length
  }
  expect([await count('1'), await count('0')]).toEqual([1, 0])
})
