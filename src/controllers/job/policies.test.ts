import { describe, expect, test } from 'vitest'

import type { Job, JobSpec, Pod, PodFailurePolicyRule } from '../../../generated/kubernetes.d.ts'
import { readIndexes } from '../../rules/kubernetes/index-intervals.ts'
import { samplePod } from '../testing/samples.ts'
import { nextRecord, remainingForIndexMs, remainingMs } from './backoff.ts'
import { finishedAtMs } from './job-pod.ts'
import { judgeFailure, successMessage } from './policies.ts'

function jobOf(spec: Partial<JobSpec>): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: samplePod('x').metadata,
    spec: { template: {}, ...spec },
  }
}

function endedPod(exitCodes: Record<string, number>, finishedAt = '2026-01-01T00:00:00Z'): Pod {
  const containerStatuses = Object.entries(exitCodes).map(([name, exitCode]) => ({
    name,
    ready: false,
    restartCount: 0,
    image: '',
    imageID: '',
    state: { terminated: { exitCode, finishedAt } },
  }))
  return samplePod('p', { status: { phase: 'Failed', containerStatuses } })
}

// kubernetes pkg/controller/job/pod_failure_policy_test.go TestMatchPodFailurePolicy.
describe('a pod failure policy', () => {
  const exits = (
    action: PodFailurePolicyRule['action'],
    operator: 'In' | 'NotIn',
    values: number[],
    containerName?: string,
  ): PodFailurePolicyRule => ({
    action,
    onExitCodes: { operator, values, ...(containerName === undefined ? {} : { containerName }) },
  })

  test.each([
    ['no rules', [], { a: 1 }, { counts: true }],
    ['ignored', [exits('Ignore', 'In', [1, 2])], { a: 2 }, { counts: false, action: 'Ignore' }],
    ['other code', [exits('Ignore', 'In', [1, 2])], { a: 3 }, { counts: true }],
    ['not in', [exits('Ignore', 'NotIn', [1, 2])], { a: 3 }, { counts: false, action: 'Ignore' }],
    ['not in, success', [exits('Ignore', 'NotIn', [1])], { a: 0, b: 1 }, { counts: true }],
    ['other container', [exits('Ignore', 'In', [1], 'b')], { a: 1, b: 2 }, { counts: true }],
    [
      'count',
      [exits('Count', 'In', [1]), exits('Ignore', 'In', [1])],
      { a: 1 },
      { counts: true, action: 'Count' },
    ],
    ['fail index', [exits('FailIndex', 'In', [1])], { a: 1 }, { counts: true, action: 'FailIndex' }],
    [
      'second rule',
      [exits('Ignore', 'In', [9]), exits('FailJob', 'In', [5])],
      { a: 0, b: 5 },
      {
        counts: true,
        action: 'FailJob',
        message: 'Container b for pod default/p failed with exit code 5 matching FailJob rule at index 1',
      },
    ],
  ])('%s', (_name, rules, exitCodes, expected) => {
    expect(judgeFailure(jobOf({ podFailurePolicy: { rules } }), endedPod(exitCodes))).toEqual(expected)
  })
})

// kubernetes pkg/controller/job/success_policy_test.go TestMatchSuccessPolicy.
describe('a success policy', () => {
  test.each([
    [[{ succeededIndexes: '0-2' }], '0-2', 0],
    [[{ succeededIndexes: '0-2' }], '0,2', undefined],
    [[{ succeededIndexes: '0-2', succeededCount: 2 }], '0,2,5', 0],
    [[{ succeededIndexes: '7' }, { succeededCount: 2 }], '1,2', 1],
    [[{ succeededCount: 3 }], '1,2', undefined],
    [[{ succeededCount: 0 }], '', undefined],
  ])('%j with %j succeeded', (rules, succeeded, met) => {
    const job = jobOf({ completions: 10, successPolicy: { rules } })
    expect(successMessage(job, readIndexes(succeeded, 10))).toBe(
      met === undefined ? undefined : `Matched rules at index ${met}`,
    )
  })
})

describe('back-off', () => {
  const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`
  const failedAt = (second: number): Pod => endedPod({ c: 1 }, at(second))
  const succeededAt = (second: number): Pod => endedPod({ c: 0 }, at(second))
  const ms = (second: number): number => Date.parse(at(second))

  test.each([
    ['nothing', [], [], { failures: 2, lastFailureMs: ms(1) }],
    ['two more failures', [], [5, 3], { failures: 4, lastFailureMs: ms(5) }],
    ['a success', [4], [], { failures: 0, lastFailureMs: 0 }],
    ['failures around a success', [4], [3, 5, 7], { failures: 2, lastFailureMs: ms(7) }],
    ['a success at last', [8], [3, 5, 7], { failures: 0, lastFailureMs: 0 }],
  ])('%s', (_name, succeeded, failed, expected) => {
    const before = { failures: 2, lastFailureMs: ms(1) }
    const ended = { succeeded: succeeded.map(succeededAt), failed: failed.map(failedAt) }
    expect(nextRecord(before, ended)).toEqual(expected)
  })

  test.each([
    [0, 0, 0],
    [1, 0, 10_000],
    [2, 5, 15_000],
    [3, 0, 40_000],
    [7, 0, 600_000],
    [40, 0, 600_000],
    [1, 11, 0],
  ])('after %i failures, %i s ago: %i ms', (failures, seconds, expected) => {
    expect(remainingMs({ failures, lastFailureMs: ms(0) }, ms(seconds))).toBe(expected)
  })

  test('of an index goes by what its last pod carries', () => {
    const pod = failedAt(0)
    const annotations = {
      'batch.kubernetes.io/job-index-failure-count': '1',
      'batch.kubernetes.io/job-index-ignored-failure-count': '1',
    }
    const carried = { ...pod, metadata: { ...pod.metadata, annotations } }
    expect(remainingForIndexMs(carried, ms(0))).toBe(40_000)
    expect(remainingForIndexMs(undefined, ms(0))).toBe(0)
  })
})

// kubernetes pkg/controller/job/backoff_utils_test.go TestGetFinishedTime.
describe('the end of a pod', () => {
  const condition = { type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:07Z' }

  test.each([
    [endedPod({ a: 1 }, '2026-01-01T00:00:05Z'), 5],
    [samplePod('p', { status: { conditions: [condition] } }), 7],
    [
      samplePod('p', {
        metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 10 },
      }),
      20,
    ],
    [samplePod('p'), 0],
  ])('%#', (pod, seconds) => {
    expect(finishedAtMs(pod)).toBe(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000)
  })
})
