import { describe, expect, it, onTestFinished } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { silentLog } from '../base/log.ts'
import { keepInStep, type InStep } from './keep-in-step.ts'

function scene(sync: () => Promise<void>): { keeper: InStep; clock: FakeClock } {
  const clock = new FakeClock()
  const keeper = keepInStep({ clock, log: silentLog, what: 'the things', sync })
  onTestFinished(() => keeper.stop())
  return { keeper, clock }
}

describe('what is kept in step', () => {
  it('is made once for all changes of a moment', async () => {
    let passes = 0
    const { keeper, clock } = scene(async () => void passes++)
    for (let change = 0; change < 5; change++) keeper.wake()
    await clock.advance(10)
    expect(passes).toBe(1)
    await clock.advance(10_000)
    expect(passes).toBe(1)
  })

  it('is made once more for a change that came meanwhile', async () => {
    let passes = 0
    const first = Promise.withResolvers<void>()
    const { keeper, clock } = scene(async () => {
      if (++passes === 1) await first.promise
    })
    await clock.advance(10)
    keeper.wake()
    await clock.advance(100)
    expect(passes).toBe(1)
    first.resolve()
    await clock.advance(0)
    await clock.advance(10)
    expect(passes).toBe(2)
  })

  it('is tried again a second after a failure', async () => {
    let passes = 0
    const { clock } = scene(async () => {
      if (++passes === 1) throw new TypeError('not yet')
    })
    await clock.advance(10)
    await clock.advance(900)
    expect(passes).toBe(1)
    await clock.advance(100)
    expect(passes).toBe(2)
  })

  it('is left alone after the end', async () => {
    let passes = 0
    const { keeper, clock } = scene(async () => void passes++)
    await keeper.stop()
    keeper.wake()
    await clock.advance(5000)
    expect(passes).toBe(0)
  })
})
