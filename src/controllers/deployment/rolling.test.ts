import { describe, expect, test } from 'vitest'

import type { Deployment } from '../../../generated/kubernetes.d.ts'
import { sampleDeployment, sampleSet } from '../testing/samples.ts'
import { shareScale } from './proportion.ts'
import { fenceposts, newSetSize, shrinkOld } from './rolling.ts'

function deployment(
  replicas: number,
  maxSurge: number | string,
  maxUnavailable: number | string,
): Deployment {
  const strategy = { type: 'RollingUpdate' as const, rollingUpdate: { maxSurge, maxUnavailable } }
  return sampleDeployment({ replicas, strategy }) as Deployment
}

describe('fenceposts', () => {
  // kubernetes pkg/controller/deployment/util: TestResolveFenceposts, and the defaults of 25 %.
  test.each([
    { surge: '0%', unavailable: '0%', desired: 0, expected: { surge: 0, unavailable: 0 } },
    { surge: '39%', unavailable: '39%', desired: 10, expected: { surge: 4, unavailable: 3 } },
    { surge: 0, unavailable: 0, desired: 10, expected: { surge: 0, unavailable: 1 } },
    { surge: '25%', unavailable: '25%', desired: 2, expected: { surge: 1, unavailable: 0 } },
    { surge: '25%', unavailable: '25%', desired: 1, expected: { surge: 1, unavailable: 0 } },
    { surge: '30%', unavailable: '70%', desired: 10, expected: { surge: 3, unavailable: 7 } },
    { surge: 1, unavailable: 5, desired: 2, expected: { surge: 1, unavailable: 2 } },
    { surge: 3, unavailable: '50%', desired: 0, expected: { surge: 3, unavailable: 0 } },
  ])('$surge / $unavailable of $desired', ({ surge, unavailable, desired, expected }) => {
    expect(fenceposts(deployment(desired, surge, unavailable))).toEqual(expected)
  })
})

describe('the new replica set', () => {
  // kubernetes pkg/controller/deployment: TestDeploymentController_reconcileNewReplicaSet.
  test.each([
    { desired: 10, surge: 0, old: 10, current: 0, expected: 0 },
    { desired: 10, surge: 2, old: 10, current: 0, expected: 2 },
    { desired: 10, surge: 2, old: 5, current: 0, expected: 7 },
    { desired: 10, surge: 2, old: 10, current: 2, expected: 2 },
    { desired: 10, surge: 0, old: 0, current: 4, expected: 10 },
  ])('of $desired with surge $surge beside $old old: $current -> $expected', (row) => {
    const fresh = sampleSet('new', row.current)
    const all = [sampleSet('old', row.old), fresh]
    expect(newSetSize(deployment(row.desired, row.surge, 1), all, row.current)).toBe(row.expected)
  })
})

describe('the old replica sets', () => {
  // kubernetes pkg/controller/deployment: TestDeploymentController_reconcileOldReplicaSets and
  // _scaleDownOldReplicaSetsForRollingUpdate.
  test.each([
    { desired: 10, unavailable: 0, old: 10, oldReady: 10, fresh: 0, freshReady: 0, expected: 10 },
    { desired: 10, unavailable: 2, old: 10, oldReady: 10, fresh: 0, freshReady: 0, expected: 8 },
    { desired: 10, unavailable: 2, old: 10, oldReady: 8, fresh: 0, freshReady: 0, expected: 8 },
    { desired: 10, unavailable: 2, old: 10, oldReady: 10, fresh: 2, freshReady: 0, expected: 8 },
    { desired: 10, unavailable: 2, old: 10, oldReady: 0, fresh: 0, freshReady: 0, expected: 8 },
    { desired: 10, unavailable: 2, old: 8, oldReady: 8, fresh: 2, freshReady: 2, expected: 6 },
    { desired: 10, unavailable: 2, old: 8, oldReady: 8, fresh: 2, freshReady: 0, expected: 8 },
    { desired: 10, unavailable: 0, old: 0, oldReady: 0, fresh: 10, freshReady: 10, expected: 0 },
  ])('$old ($oldReady ready) of $desired, new $fresh ($freshReady ready) -> $expected', (row) => {
    const old = sampleSet('old', row.old, { available: row.oldReady })
    const fresh = sampleSet('new', row.fresh, { available: row.freshReady })
    const [resize] = shrinkOld(deployment(row.desired, 2, row.unavailable), fresh, [old])
    expect(resize?.replicas ?? row.old).toBe(row.expected)
  })

  test('shrink oldest first', () => {
    const older = sampleSet('older', 3, { createdAt: '2026-01-01T00:00:00Z' })
    const newer = sampleSet('newer', 3, { createdAt: '2026-01-02T00:00:00Z' })
    const resizes = shrinkOld(deployment(8, 2, 0), sampleSet('new', 6), [newer, older])
    expect(resizes.map(({ set, replicas }) => [set.metadata.name, replicas])).toEqual([
      ['older', 0],
      ['newer', 2],
    ])
  })
})

describe('scaling in the middle of a roll-out', () => {
  const sized = (name: string, replicas: number, max: number, day: number) =>
    sampleSet(name, replicas, {
      available: 0,
      createdAt: `2026-01-0${day}T00:00:00Z`,
      annotations: { 'deployment.kubernetes.io/max-replicas': String(max) },
    })

  // kubernetes pkg/controller/deployment: TestScale.
  test.each([
    { name: 'up, evenly', desired: 12, fresh: 5, old: [5], max: 10, expected: { new: 6, old0: 6 } },
    { name: 'down, evenly', desired: 6, fresh: 5, old: [5], max: 10, expected: { new: 3, old0: 3 } },
    {
      name: 'up, the rest to the largest',
      desired: 20,
      fresh: 1,
      old: [1, 1],
      max: 3,
      expected: { new: 6, old0: 7, old1: 7 },
    },
    { name: 'to zero', desired: 0, fresh: 3, old: [2], max: 5, expected: { new: 0, old0: 0 } },
  ])('$name', ({ desired, fresh, old, max, expected }) => {
    const oldSets = old.map((replicas, index) => sized(`old${index}`, replicas, max, index + 1))
    const resizes = shareScale(deployment(desired, 0, 1), sized('new', fresh, max, 9), oldSets)
    const total = resizes.reduce((sum, { replicas }) => sum + replicas, 0)
    expect(total).toBe(desired)
    if (old.length === 1) {
      expect(Object.fromEntries(resizes.map(({ set, replicas }) => [set.metadata.name, replicas]))).toEqual(
        expected,
      )
    }
  })

  test('a single active set takes all of it', () => {
    const resizes = shareScale(deployment(7, 1, 0), sampleSet('new', 3), [sampleSet('old', 0)])
    expect(resizes.map(({ set, replicas }) => [set.metadata.name, replicas])).toEqual([['new', 7]])
  })
})
