import { describe, expect, test } from 'vitest'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { samplePod } from '../testing/samples.ts'
import { replicasForUsage, UsageError, type UsageQuestion } from './usage.ts'

const NOW = Date.parse('2026-01-01T01:00:00Z')
const EARLY = '2026-01-01T00:00:00Z'

function podOf(
  name: string,
  change: { phase?: string; ready?: boolean; startedAt?: string; requests?: object } = {},
): Pod {
  const { phase = 'Running', ready = true, startedAt = EARLY, requests = { cpu: '1' } } = change
  const status = {
    phase: phase as 'Running',
    startTime: startedAt,
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: startedAt }],
  }
  // Requests that are not there are what a test is about.
  const containers = [{ name: 'c', image: 'i', resources: { requests: requests as Record<string, string> } }]
  return samplePod(name, { status, spec: { containers } })
}

function ask(
  pods: readonly Pod[],
  milli: readonly (number | undefined)[],
  change: Partial<UsageQuestion> = {},
): UsageQuestion {
  const usage = new Map(
    pods.flatMap(({ metadata }, i) => {
      const value = milli[i]
      return value === undefined
        ? []
        : [[metadata.name, { milli: value, atMs: NOW, windowMs: 15_000 }] as const]
    }),
  )
  const target = { resource: 'cpu', utilization: 50 }
  return {
    target,
    pods,
    usage,
    current: pods.length,
    tolerance: { up: 0.1, down: 0.1 },
    nowMs: NOW,
    ...change,
  }
}

const ready = (count: number): Pod[] => Array.from({ length: count }, (_, i) => podOf(`p${i}`))

// kubernetes pkg/controller/podautoscaler/replica_calculator_test.go.
describe('replicas', () => {
  test.each<[string, UsageQuestion, number, number]>([
    ['at the target', ask(ready(3), [500, 500, 500]), 3, 50],
    ['within the tolerance', ask(ready(3), [540, 540, 540]), 3, 54],
    ['above it', ask(ready(3), [900, 900, 900]), 6, 90],
    ['below it', ask(ready(4), [100, 100, 100, 100]), 1, 10],
    [
      'within a tolerance of its own',
      ask(ready(3), [900, 900, 900], { tolerance: { up: 1, down: 0 } }),
      3,
      90,
    ],
    ['missing on the way up', ask(ready(3), [1000, 1000, undefined]), 4, 100],
    ['missing on the way down', ask(ready(4), [100, 100, 100, undefined]), 3, 10],
    ['missing everything else', ask(ready(2), [500, undefined]), 2, 50],
    [
      'unready on the way up',
      ask([...ready(1), podOf('u', { ready: false, startedAt: '2026-01-01T00:59:00Z' })], [2000, 2000]),
      4,
      200,
    ],
    ['pending', ask([...ready(1), podOf('u', { phase: 'Pending' })], [500]), 2, 50],
    ['failed', ask([...ready(2), podOf('f', { phase: 'Failed' })], [900, 900, 5000], { current: 3 }), 4, 90],
  ])('%s', (_name, question, replicas, utilization) => {
    expect(replicasForUsage(question)).toMatchObject({ replicas, utilization })
  })

  test('by an average value', () => {
    const target = { resource: 'memory', averageMilli: 1000 }
    expect(replicasForUsage(ask(ready(2), [3000, 2000], { target }))).toEqual({
      replicas: 5,
      averageMilli: 2500,
    })
  })

  test('by one container', () => {
    const target = { resource: 'cpu', utilization: 50, container: 'c' }
    expect(replicasForUsage(ask(ready(2), [1000, 1000], { target })).replicas).toBe(4)
  })

  test.each<[UsageQuestion, string]>([
    [ask([], []), 'no pods returned by selector while calculating replica count'],
    [ask(ready(1), []), 'did not receive metrics for targeted pods (pods might be unready)'],
    [ask([podOf('p', { requests: {} })], [5]), 'missing request for cpu in container c of Pod p'],
    [
      ask(ready(1), [5], { target: { resource: 'cpu', utilization: 5, container: 'x' } }),
      'container x not found in Pod p0',
    ],
  ])('%#: cannot be told: %s', (question, message) => {
    expect(() => replicasForUsage(question)).toThrow(new UsageError(message))
  })
})
