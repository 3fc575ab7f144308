import { describe, expect, test } from 'vitest'

import type { HorizontalPodAutoscalerBehavior } from '../../../generated/kubernetes.d.ts'
import { changed, emptyHistory, limited, recommend, type History, type Wish } from './limits.ts'

const NOW = 1_000_000_000

function wish(change: Partial<Wish>): Wish {
  return {
    current: 3,
    desired: 3,
    minimum: 1,
    maximum: 100,
    behavior: undefined,
    history: emptyHistory,
    nowMs: NOW,
    ...change,
  }
}

function recommended(...values: readonly (readonly [secondsAgo: number, value: number])[]): History {
  return values.reduce((history, [ago, value]) => recommend(history, value, NOW - ago * 1000), emptyHistory)
}

// kubernetes pkg/controller/podautoscaler/horizontal_test.go TestNormalizeDesiredReplicas and its neighbors.
describe('without a behavior', () => {
  test.each<[Partial<Wish>, number, string]>([
    [{ desired: 3 }, 3, 'DesiredWithinRange'],
    [{ desired: 6 }, 6, 'DesiredWithinRange'],
    [{ desired: 20 }, 6, 'ScaleUpLimit'],
    [{ current: 1, desired: 20 }, 4, 'ScaleUpLimit'],
    [{ desired: 20, maximum: 5 }, 5, 'TooManyReplicas'],
    [{ desired: 0, minimum: 2 }, 2, 'TooFewReplicas'],
  ])('%j: %i, %s', (change, replicas, reason) => {
    const answer = limited(wish(change))
    expect([answer.replicas, answer.limit.reason]).toEqual([replicas, reason])
    expect(answer.isLimited).toBe(reason !== 'DesiredWithinRange')
  })

  test.each([
    [recommended([299, 5]), 5, 'ScaleDownStabilized'],
    [recommended([301, 5]), 2, 'ReadyForNewScale'],
    [recommended([10, 1]), 2, 'ReadyForNewScale'],
  ])('%j holds 2 at %i', (history, replicas, reason) => {
    const answer = limited(wish({ desired: 2, current: 5, history }))
    expect([answer.replicas, answer.stable.reason]).toEqual([replicas, reason])
  })
})

describe('with a behavior', () => {
  const policies = (up: object, down: object = up): HorizontalPodAutoscalerBehavior => ({
    scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Max', ...up },
    scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: 'Max', ...down },
  })
  const both = [
    { type: 'Pods', value: 4, periodSeconds: 60 },
    { type: 'Percent', value: 50, periodSeconds: 60 },
  ]
  const ups = (ago: number, count: number): History =>
    changed(emptyHistory, 0, { to: count, atMs: NOW - ago * 1000 })

  test.each<[object, Partial<Wish>, number, string]>([
    [{ policies: both }, { current: 10, desired: 50 }, 15, 'ScaleUpLimit'],
    [{ policies: both }, { current: 2, desired: 50 }, 6, 'ScaleUpLimit'],
    [{ policies: both, selectPolicy: 'Min' }, { current: 10, desired: 50 }, 14, 'ScaleUpLimit'],
    [{ policies: both, selectPolicy: 'Disabled' }, { current: 10, desired: 50 }, 10, 'ScaleUpLimit'],
    [{ policies: both }, { current: 10, desired: 50, maximum: 12 }, 12, 'TooManyReplicas'],
    [{ policies: both }, { current: 14, desired: 50, history: ups(30, 4) }, 15, 'ScaleUpLimit'],
    [{ policies: both }, { current: 14, desired: 50, history: ups(61, 4) }, 21, 'ScaleUpLimit'],
    [{ policies: both }, { current: 20, desired: 1 }, 10, 'ScaleDownLimit'],
    [{ policies: both, selectPolicy: 'Min' }, { current: 20, desired: 1 }, 16, 'ScaleDownLimit'],
    [{ policies: both, selectPolicy: 'Disabled' }, { current: 20, desired: 1 }, 20, 'ScaleDownLimit'],
    [{ policies: both }, { current: 6, desired: 1, minimum: 5 }, 5, 'TooFewReplicas'],
  ])('%j %j: %i, %s', (rules, change, replicas, reason) => {
    const answer = limited(wish({ behavior: policies(rules), ...change }))
    expect([answer.replicas, answer.limit.reason]).toEqual([replicas, reason])
  })

  test('settles within its windows', () => {
    const behavior = policies(
      { stabilizationWindowSeconds: 60, policies: both },
      { stabilizationWindowSeconds: 120, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
    )
    const up = limited(wish({ behavior, desired: 9, history: recommended([70, 1], [50, 4]) }))
    expect([up.replicas, up.stable.reason]).toEqual([4, 'ScaleUpStabilized'])
    const down = limited(wish({ behavior, current: 8, desired: 2, history: recommended([130, 9], [110, 5]) }))
    expect([down.replicas, down.stable.reason]).toEqual([5, 'ScaleDownStabilized'])
  })
})

test('a history forgets what nobody looks back to', () => {
  const history = recommend(recommended([3700, 9], [3500, 5]), 1, NOW)
  expect(history.recommendations.map(({ value }) => value)).toEqual([5, 1])
})
