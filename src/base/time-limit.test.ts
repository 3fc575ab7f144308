import { describe, expect, it } from 'vitest'

import type { Clock, Timer } from './clock.ts'
import { FakeClock } from './testing/fake-clock.ts'
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
})

/** A clock whose next timer comes late, as those of a loop do that is held up. */
class LateClock implements Clock {
  readonly inner = new FakeClock()
  lateMs = 0

  now(): number {
    return this.inner.now()
  }

  after(delayMs: number, action: () => void): Timer {
    return this.inner.after(delayMs + this.lateMs, action)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.inner.sleep(delayMs, signal)
  }
}
