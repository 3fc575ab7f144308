import { getEventListeners } from 'node:events'

import { describe, expect, it } from 'vitest'

import { SteppableClock } from './steppable-clock.ts'

const HOUR = 3_600_000

describe('SteppableClock', () => {
  it('is the system clock until it is moved', async () => {
    const clock = new SteppableClock()
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000)
    await new Promise<void>((resolve) => clock.after(1, resolve))
    await clock.sleep(1)
  })

  it('runs what falls due at once, in the order of time and at the time it was due', async () => {
    const clock = new SteppableClock()
    const startMs = clock.now()
    const ran: [string, number][] = []
    const note = (name: string) => (): void =>
      void ran.push([name, Math.round((clock.now() - startMs) / HOUR)])
    clock.after(3 * HOUR, note('late'))
    clock.after(1 * HOUR, () => {
      note('early')()
      clock.after(1 * HOUR, note('between'))
    })
    clock.after(9 * HOUR, note('never'))
    await clock.advance(4 * HOUR)
    expect(ran).toEqual([
      ['early', 1],
      ['between', 2],
      ['late', 3],
    ])
    expect(Math.round((clock.now() - startMs) / HOUR)).toBe(4)
  })

  it('ends sleeps, cancelled ones and aborted ones included', async () => {
    const clock = new SteppableClock()
    const abort = new AbortController()
    const slept = clock.sleep(HOUR)
    const aborted = clock.sleep(HOUR, abort.signal)
    clock.after(HOUR, () => expect.fail('it was cancelled')).cancel()
    abort.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    await clock.advance(HOUR)
    await slept
    await expect(clock.sleep(1, abort.signal)).rejects.toThrow('enough')
  })

  it('leaves nothing behind of sleeps that have ended', async () => {
    const clock = new SteppableClock()
    const { signal } = new AbortController()
    for (let each = 0; each < 3; each++) {
      const slept = clock.sleep(HOUR, signal)
      await clock.advance(HOUR)
      await slept
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('goes on with what is left of a timer after a step', async () => {
    const clock = new SteppableClock()
    const due = new Promise<void>((resolve) => clock.after(HOUR, resolve))
    await clock.advance(HOUR - 5)
    await due
  })
})

it.each<[unknown]>([['1h'], [Number.NaN], [-1], [undefined]])('moves by no %j', async (span) => {
  // What JavaScript may call it with.
  await expect(new SteppableClock().advance(span as number)).rejects.toThrow(
    'clock.advance takes milliseconds',
  )
})
