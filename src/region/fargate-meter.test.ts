import { beforeEach, expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { FargateMeter, meterTables } from './fargate-meter.ts'

const HOUR_MS = 3_600_000
const SMALL = { size: { vcpu: 0.5, memoryGB: 2 }, ephemeralGiB: 20 }

let store: Store
let clock: FakeClock

function meter(): FargateMeter {
  return new FargateMeter({ ...meterTables(store, 'cluster'), store, clock })
}

beforeEach(() => {
  store = createMemoryStore()
  clock = new FakeClock()
})

it('counts a pod from its first image to the end of its machine, over restarts', async () => {
  await meter().begin('a', SMALL)
  await clock.advance(HOUR_MS)
  await meter().begin('a', SMALL)
  expect(meter().use()).toEqual({ pods: 1, vcpuHours: 0.5, gbHours: 2, storageGbHours: 0 })
  await clock.advance(HOUR_MS)
  await meter().end('a')
  await meter().end('a')
  await clock.advance(HOUR_MS)
  expect(meter().use()).toEqual({ pods: 1, vcpuHours: 1, gbHours: 4, storageGbHours: 0 })
})

it('bills at least a minute, and the storage beyond what comes with a pod', async () => {
  await meter().begin('a', { ...SMALL, ephemeralGiB: 50 })
  await clock.advance(1000)
  await meter().end('a')
  expect(meter().use()).toEqual({ pods: 1, vcpuHours: 0.5 / 60, gbHours: 2 / 60, storageGbHours: 30 / 60 })
})

it('bills nothing for a machine that never came to an image', async () => {
  await meter().end('a')
  expect(meter().use().pods).toBe(0)
})
