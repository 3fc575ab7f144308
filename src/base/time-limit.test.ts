import { describe, expect, it } from 'vitest'

import { FakeClock } from './testing/fake-clock.ts'
import { LateClock } from './testing/late-clock.ts'
import { timeLimit } from './time-limit.ts'

describe('a time limit', () => {
  it('is over after its time, and not before', async () => {
    const clock = new FakeClock()
    const { signal } = timeLimit(clock, 1000)
    await clock.advance(999)
    expect(signal.aborted).toBe(false)
    await clock.advance(1)
    expect(signal.aborted).toBe(true)
  })

  it('is never over once it has ended', async () => {
    const clock = new FakeClock()
    const limit = timeLimit(clock, 1000)
    await clock.advance(500)
    limit.end()
    await clock.advance(5000)
    expect(limit.signal.aborted).toBe(false)
  })

  it('counts a loop that was held up for ten seconds as one tick', async () => {
    const clock = new LateClock()
    clock.lateMs = 10_000
    const { signal } = timeLimit(clock, 1000)
    clock.lateMs = 0
    await clock.inner.advance(10_050)
    expect(signal.aborted).toBe(false)
    await clock.inner.advance(900)
    expect(signal.aborted).toBe(false)
    await clock.inner.advance(50)
    expect(signal.aborted).toBe(true)
  })

  it('counts each of many hold-ups as no more than 100 ms', async () => {
    const clock = new LateClock()
    clock.lateMs = 900
    const { signal } = timeLimit(clock, 10_000)
    await clock.inner.advance(99_000)
    expect(signal.aborted).toBe(false)
    await clock.inner.advance(1000)
    expect(signal.aborted).toBe(true)
  })
})
