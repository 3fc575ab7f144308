import { describe, expect, test } from 'vitest'

import type { Job, JobSpec, Pod, PodStatus } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import { jobs, pods } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createJobController } from './controller.ts'
import { completionIndexOf, isTracked } from './job-pod.ts'
import { createJobOrphanController } from './orphans.ts'

const key = { namespace: 'default', name: 'x' }

/** A job as the server stores it, and what a test does to its pods. */
class Stage implements AsyncDisposable {
  readonly rehearsal = new Rehearsal()
  readonly client = this.rehearsal.client

  constructor(spec: Partial<JobSpec> = {}, template: Partial<JobSpec['template']['spec']> = {}) {
    const labels = { 'batch.kubernetes.io/controller-uid': 'job-uid' }
    this.client.seed(jobs, {
      metadata: { ...key, uid: 'job-uid' },
      spec: {
        parallelism: 1,
        completions: 1,
        backoffLimit: 6,
        completionMode: 'NonIndexed',
        suspend: false,
        podReplacementPolicy: 'TerminatingOrFailed',
        selector: { matchLabels: labels },
        template: {
          // A template has neither name nor uid.
          metadata: { labels } as unknown as Pod['metadata'],
          spec: { containers: [{ name: 'c', image: 'nginx' }], restartPolicy: 'Never', ...template },
        },
        ...spec,
      },
    })
    this.start()
  }

  start(): void {
    const { context } = this.rehearsal
    this.rehearsal.start(createJobController(context), createJobOrphanController(context))
  }

  job(): Promise<Job> {
    return this.client.get(jobs, key)
  }

  async pods(): Promise<readonly Pod[]> {
    return (await this.client.list(pods)).items
  }

  /** Pods that neither ended nor are being deleted. */
  async running(): Promise<readonly Pod[]> {
    const ended = ['Succeeded', 'Failed']
    return (await this.pods()).filter(
      ({ status, metadata }) => !ended.includes(status?.phase ?? '') && !metadata.deletionTimestamp,
    )
  }

  async until(what: string, check: (status: NonNullable<Job['status']>) => boolean): Promise<Job> {
    await this.rehearsal.until(what, async () => check((await this.job()).status ?? {}))
    await this.rehearsal.settle()
    return this.job()
  }

  async untilRunning(count: number): Promise<readonly Pod[]> {
    await this.rehearsal.until(`${count} running`, async () => (await this.running()).length === count)
    await this.rehearsal.settle()
    return this.running()
  }

  async end(pod: Pod | undefined, exitCode: number, more: Partial<PodStatus> = {}): Promise<void> {
    if (!pod) throw new Error('no such pod')
    const finishedAt = new Date(this.rehearsal.clock.now()).toISOString()
    const state = { terminated: { exitCode, finishedAt } }
    const containerStatuses = [{ name: 'c', ready: false, restartCount: 0, image: '', imageID: '', state }]
    const status = {
      phase: exitCode === 0 ? ('Succeeded' as const) : ('Failed' as const),
      containerStatuses,
      ...more,
    }
    await this.client.updateStatus(pods, { ...(await this.client.get(pods, podKey(pod))), status })
  }

  conditions({ status }: Job): string[] {
    return (status?.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rehearsal[Symbol.asyncDispose]()
  }
}

function podKey({ metadata }: Pod): { namespace: string; name: string } {
  return { namespace: 'default', name: metadata.name }
}

const isFinished = ({ conditions = [] }: NonNullable<Job['status']>): boolean =>
  conditions.some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True')

const reached = [
  'SuccessCriteriaMet=True CompletionsReached: Reached expected number of succeeded pods',
  'Complete=True CompletionsReached: Reached expected number of succeeded pods',
]

describe('a job that succeeds', () => {
  test('makes its pods, counts them and completes', async () => {
    await using stage = new Stage({ completions: 3, parallelism: 2 })
    const [first, second] = await stage.untilRunning(2)
    expect((await stage.job()).status).toMatchObject({ active: 2, ready: 0, terminating: 0 })
    expect(first?.metadata).toMatchObject({
      labels: { 'batch.kubernetes.io/controller-uid': 'job-uid' },
      finalizers: ['batch.kubernetes.io/job-tracking'],
      ownerReferences: [{ kind: 'Job', name: 'x', controller: true, blockOwnerDeletion: true }],
    })
    await stage.end(first, 0)
    await stage.end(second, 0)
    const [third] = await stage.untilRunning(1)
    await stage.end(third, 0)
    const job = await stage.until('complete', isFinished)
    expect(stage.conditions(job)).toEqual(reached)
    expect(job.status).toMatchObject({ succeeded: 3, uncountedTerminatedPods: {} })
    expect(job.status?.active).toBeUndefined()
    expect(job.status?.completionTime).toBe(job.status?.conditions?.[1]?.lastTransitionTime)
    expect((await stage.pods()).filter(isTracked)).toEqual([])
    const told = await stage.rehearsal.told()
    expect(told).toContain(`SuccessfulCreate: Created pod: ${third?.metadata.name}`)
    expect(told).toContain('Completed: Job completed')
  })

  test('of a work queue makes no more pods once one has succeeded', async () => {
    await using stage = new Stage({ completions: undefined as never, parallelism: 2 })
    const [first, second] = await stage.untilRunning(2)
    await stage.end(first, 0)
    await stage.until('counted', ({ succeeded }) => succeeded === 1)
    expect((await stage.running()).length).toBe(1)
    await stage.end(second, 1)
    expect(stage.conditions(await stage.until('complete', isFinished))).toEqual(reached)
  })

  test('that was managed elsewhere is left alone', async () => {
    await using stage = new Stage({ managedBy: 'kueue.x-k8s.io/multikueue' })
    await stage.rehearsal.settle()
    expect(await stage.pods()).toEqual([])
    expect((await stage.job()).status).toBeUndefined()
  })
})

describe('a job that fails', () => {
  test('waits longer after each failure, up to its limit', async () => {
    await using stage = new Stage({ backoffLimit: 2 })
    const { clock } = stage.rehearsal
    for (const waitMs of [10_000, 20_000]) {
      const [pod] = await stage.untilRunning(1)
      await stage.end(pod, 1)
      const failed = (await stage.job()).status?.failed ?? 0
      await stage.until('counted', (status) => status.failed === failed + 1)
      await clock.advance(waitMs - 2000)
      expect(await stage.running()).toEqual([])
      await clock.advance(3000)
    }
    const [last] = await stage.untilRunning(1)
    await stage.end(last, 1)
    const job = await stage.until('failed', isFinished)
    const message = 'BackoffLimitExceeded: Job has reached the specified backoff limit'
    expect(stage.conditions(job)).toEqual([`FailureTarget=True ${message}`, `Failed=True ${message}`])
    expect(job.status?.failed).toBe(3)
    expect(await stage.rehearsal.told()).toContain(message)
  })

  test('counts restarts within pods', async () => {
    await using stage = new Stage({ backoffLimit: 2 }, { restartPolicy: 'OnFailure' })
    const [pod] = await stage.untilRunning(1)
    if (!pod) throw new Error('no pod')
    const containerStatuses = [{ name: 'c', ready: false, restartCount: 2, image: '', imageID: '' }]
    await stage.client.updateStatus(pods, { ...pod, status: { phase: 'Running', containerStatuses } })
    const job = await stage.until('failed', isFinished)
    expect(stage.conditions(job)[1]).toMatch(/^Failed=True BackoffLimitExceeded/)
    expect(await stage.rehearsal.told()).toContain(`SuccessfulDelete: Deleted pod: ${pod.metadata.name}`)
  })

  test('ends at its deadline', async () => {
    await using stage = new Stage({ activeDeadlineSeconds: 30 })
    await stage.untilRunning(1)
    await stage.rehearsal.clock.advance(29_000)
    expect(stage.conditions(await stage.job())).toEqual([])
    await stage.rehearsal.clock.advance(1500)
    const job = await stage.until('failed', isFinished)
    expect(stage.conditions(job)[1]).toBe(
      'Failed=True DeadlineExceeded: Job was active longer than specified deadline',
    )
    expect(job.status).toMatchObject({ failed: 1 })
    expect(await stage.running()).toEqual([])
  })

  test('says why it cannot make pods, and goes on', async () => {
    await using stage = new Stage()
    stage.client.failNext('create', 'pods', new StatusError('Forbidden', 'exceeded quota: q'))
    await stage.untilRunning(1)
    expect(await stage.rehearsal.told()).toContain('FailedCreate: Error creating: exceeded quota: q')
  })
})

describe('a pod failure policy', () => {
  const fails = (action: string, values: number[]): Partial<JobSpec> => ({
    podFailurePolicy: { rules: [{ action: action as 'FailJob', onExitCodes: { operator: 'In', values } }] },
    podReplacementPolicy: 'Failed',
  })

  test('FailJob fails the job at once', async () => {
    await using stage = new Stage({ ...fails('FailJob', [42]), parallelism: 2, completions: 2 })
    const [pod] = await stage.untilRunning(2)
    await stage.end(pod, 42)
    const message = `Container c for pod default/${pod?.metadata.name} failed with exit code 42 matching FailJob rule at index 0`
    const job = await stage.until('failed', isFinished)
    expect(stage.conditions(job)).toEqual([
      `FailureTarget=True PodFailurePolicy: ${message}`,
      `Failed=True PodFailurePolicy: ${message}`,
    ])
  })

  test('Ignore does not count a failure', async () => {
    await using stage = new Stage({ ...fails('Ignore', [3]), backoffLimit: 0 })
    const [pod] = await stage.untilRunning(1)
    await stage.end(pod, 3)
    // Pods that are ignored are replaced after the same wait.
    await stage.rehearsal.settle()
    await stage.rehearsal.clock.advance(11_000)
    const [next] = await stage.untilRunning(1)
    expect((await stage.job()).status?.failed).toBeUndefined()
    await stage.end(next, 4)
    expect(stage.conditions(await stage.until('failed', isFinished))[1]).toMatch(/BackoffLimitExceeded/)
  })

  test('matches conditions of pods', async () => {
    const onPodConditions = [{ type: 'DisruptionTarget', status: 'True' }]
    await using stage = new Stage({
      podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions }] },
      podReplacementPolicy: 'Failed',
    })
    const [pod] = await stage.untilRunning(1)
    await stage.end(pod, 1, { conditions: [{ type: 'DisruptionTarget', status: 'True' }] })
    expect(stage.conditions(await stage.until('failed', isFinished))[1]).toBe(
      `Failed=True PodFailurePolicy: Pod default/${pod?.metadata.name} has condition DisruptionTarget matching FailJob rule at index 0`,
    )
  })
})

describe('an indexed job', () => {
  test('gives each pod its index, and completes when each has succeeded', async () => {
    await using stage = new Stage({ completionMode: 'Indexed', completions: 4, parallelism: 3 })
    const first = await stage.untilRunning(3)
    const byIndex = (index: number): Pod | undefined => first.find((pod) => completionIndexOf(pod) === index)
    expect(byIndex(1)).toMatchObject({
      metadata: {
        generateName: 'x-1-',
        labels: { 'batch.kubernetes.io/job-completion-index': '1' },
        annotations: { 'batch.kubernetes.io/job-completion-index': '1' },
      },
      spec: {
        hostname: 'x-1',
        containers: [
          {
            env: [
              {
                name: 'JOB_COMPLETION_INDEX',
                valueFrom: {
                  fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" },
                },
              },
            ],
          },
        ],
      },
    })
    await stage.end(byIndex(0), 0)
    await stage.end(byIndex(2), 0)
    await stage.until('two', ({ completedIndexes }) => completedIndexes === '0,2')
    const rest = await stage.untilRunning(2)
    for (const pod of rest) await stage.end(pod, 0)
    const job = await stage.until('complete', isFinished)
    expect(job.status).toMatchObject({ completedIndexes: '0-3', succeeded: 4 })
    expect(stage.conditions(job)).toEqual(reached)
  })

  test('limits the failures of each index, and goes on with the others', async () => {
    await using stage = new Stage({
      completionMode: 'Indexed',
      completions: 2,
      parallelism: 2,
      backoffLimit: 2_147_483_647,
      backoffLimitPerIndex: 1,
    })
    const { clock } = stage.rehearsal
    const [zero, one] = (await stage.untilRunning(2)).toSorted(
      (a, b) => (completionIndexOf(a) ?? 0) - (completionIndexOf(b) ?? 0),
    )
    await stage.end(zero, 1)
    await stage.rehearsal.settle()
    await clock.advance(11_000)
    const retried = (await stage.untilRunning(2)).find((pod) => completionIndexOf(pod) === 0)
    expect(retried?.metadata.annotations).toMatchObject({
      'batch.kubernetes.io/job-index-failure-count': '1',
    })
    await stage.end(retried, 1)
    await stage.until('index failed', ({ failedIndexes }) => failedIndexes === '0')
    expect((await stage.running()).length).toBe(1)
    await stage.end(one, 0)
    const job = await stage.until('failed', isFinished)
    expect(stage.conditions(job)).toEqual([
      'FailureTarget=True FailedIndexes: Job has failed indexes',
      'Failed=True FailedIndexes: Job has failed indexes',
    ])
    expect(job.status).toMatchObject({ failedIndexes: '0', completedIndexes: '1', failed: 2, succeeded: 1 })
  })

  test('fails when too many indexes have', async () => {
    await using stage = new Stage({
      completionMode: 'Indexed',
      completions: 3,
      parallelism: 3,
      backoffLimitPerIndex: 0,
      maxFailedIndexes: 1,
    })
    const all = await stage.untilRunning(3)
    await stage.end(all[0], 1)
    await stage.end(all[1], 1)
    const job = await stage.until('failed', isFinished)
    expect(stage.conditions(job)[1]).toBe(
      'Failed=True MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes',
    )
  })

  test('ends early by its success policy', async () => {
    await using stage = new Stage({
      completionMode: 'Indexed',
      completions: 3,
      parallelism: 3,
      successPolicy: { rules: [{ succeededIndexes: '2' }, { succeededIndexes: '0,1', succeededCount: 1 }] },
    })
    const all = await stage.untilRunning(3)
    await stage.end(
      all.find((pod) => completionIndexOf(pod) === 1),
      0,
    )
    const job = await stage.until('complete', isFinished)
    expect(stage.conditions(job)).toEqual([
      'SuccessCriteriaMet=True SuccessPolicy: Matched rules at index 1',
      'Complete=True SuccessPolicy: Matched rules at index 1',
    ])
    expect(await stage.running()).toEqual([])
    // What was removed on the way has not failed.
    expect(job.status).toMatchObject({ succeeded: 1, completedIndexes: '1' })
  })

  test('removes pods of an index that it no longer has', async () => {
    await using stage = new Stage({ completionMode: 'Indexed', completions: 3, parallelism: 3 })
    await stage.untilRunning(3)
    await stage.client.patch(jobs, key, { spec: { completions: 2, parallelism: 2 } }, { type: 'merge' })
    const left = await stage.untilRunning(2)
    expect(left.map((pod) => completionIndexOf(pod) ?? -1).toSorted((a, b) => a - b)).toEqual([0, 1])
  })
})

describe('suspension', () => {
  test('removes pods and starts the clock anew', async () => {
    await using stage = new Stage({ suspend: true, activeDeadlineSeconds: 100 })
    const suspended = await stage.until('told', ({ conditions = [] }) => conditions.length > 0)
    expect(stage.conditions(suspended)).toEqual(['Suspended=True JobSuspended: Job suspended'])
    expect(suspended.status?.startTime).toBeUndefined()
    await stage.client.patch(jobs, key, { spec: { suspend: false } }, { type: 'merge' })
    await stage.untilRunning(1)
    const resumed = await stage.job()
    expect(stage.conditions(resumed)).toEqual(['Suspended=False JobResumed: Job resumed'])
    await stage.rehearsal.clock.advance(50_000)
    await stage.client.patch(jobs, key, { spec: { suspend: true } }, { type: 'merge' })
    await stage.untilRunning(0)
    await stage.client.patch(jobs, key, { spec: { suspend: false } }, { type: 'merge' })
    await stage.untilRunning(1)
    const again = await stage.job()
    expect(Date.parse(again.status?.startTime ?? '')).toBeGreaterThan(
      Date.parse(resumed.status?.startTime ?? ''),
    )
    expect(again.status?.failed).toBeUndefined()
    expect(await stage.rehearsal.told()).toEqual(
      expect.arrayContaining(['Suspended: Job suspended', 'Resumed: Job resumed']),
    )
  })
})

describe('pods that are deleted', () => {
  test('count as failed, and are replaced', async () => {
    await using stage = new Stage()
    const [pod] = await stage.untilRunning(1)
    if (!pod) throw new Error('no pod')
    await stage.client.delete(pods, podKey(pod), { gracePeriodSeconds: 0 })
    await stage.until('counted', ({ failed }) => failed === 1)
    await stage.rehearsal.clock.advance(11_000)
    const [next] = await stage.untilRunning(1)
    expect(next?.metadata.uid).not.toBe(pod.metadata.uid)
    // Nothing holds it any more.
    expect((await stage.pods()).map(({ metadata }) => metadata.uid)).toEqual([next?.metadata.uid])
  })

  test('are waited for when only failed ones are replaced', async () => {
    await using stage = new Stage({ podReplacementPolicy: 'Failed' })
    const [pod] = await stage.untilRunning(1)
    if (!pod) throw new Error('no pod')
    await stage.client.delete(pods, podKey(pod), { gracePeriodSeconds: 0 })
    await stage.until('terminating', ({ terminating }) => terminating === 1)
    expect(await stage.running()).toEqual([])
    await stage.end(pod, 143)
    await stage.rehearsal.settle()
    await stage.rehearsal.clock.advance(11_000)
    await stage.untilRunning(1)
    expect((await stage.job()).status).toMatchObject({ failed: 1, terminating: 0 })
  })

  test('of a job that is gone are let go', async () => {
    await using stage = new Stage()
    const [pod] = await stage.untilRunning(1)
    await stage.client.delete(jobs, key)
    await stage.rehearsal.until('released', async () => {
      const left = (await stage.pods()).find(({ metadata }) => metadata.uid === pod?.metadata.uid)
      return left !== undefined && !isTracked(left)
    })
  })
})

test('adopts pods that it selects, and counts them', async () => {
  await using stage = new Stage({ completions: 2, parallelism: 1 })
  const [own] = await stage.untilRunning(1)
  stage.client.seed(pods, {
    metadata: { name: 'orphan', namespace: 'default', labels: own?.metadata.labels ?? {} },
    spec: { containers: [{ name: 'c', image: 'nginx' }] },
    status: { phase: 'Succeeded' },
  })
  const job = await stage.until('counted', ({ succeeded }) => succeeded === 1)
  expect(job.status?.uncountedTerminatedPods).toEqual({})
  const orphan = await stage.client.get(pods, { namespace: 'default', name: 'orphan' })
  expect(orphan.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Job', name: 'x' })
})

// Each write in turn fails, as it would for a region that is killed there: the counts come out the same.
test.each([
  ['updateStatus', 'jobs'],
  ['patch', 'pods'],
])('counts no pod twice when a %s of %s is lost', async (verb, plural) => {
  for (let nth = 0; nth < 4; nth += 1) {
    await using stage = new Stage({ completions: 2, parallelism: 2 })
    const both = await stage.untilRunning(2)
    for (const pod of both) await stage.end(pod, 0)
    for (let i = 0; i <= nth; i += 1) {
      stage.client.failNext(verb, plural, new StatusError('InternalError', 'lost'))
    }
    const job = await stage.until('complete', isFinished)
    expect(job.status).toMatchObject({ succeeded: 2, uncountedTerminatedPods: {} })
    expect((await stage.pods()).length).toBe(2)
  }
})
