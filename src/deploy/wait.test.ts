import { describe, expect, it } from 'vitest'

import { UserError } from '../base/errors.ts'
import { NEAR_PACE } from './pace.ts'
import { HastyClock } from './testing/fake-cloud.ts'
import { waitFor } from './wait.ts'

const never = (): Promise<undefined> => Promise.resolve(undefined)

async function sleepsUntil(timeoutMs: number): Promise<{ clock: HastyClock; error: unknown }> {
  const clock = new HastyClock()
  const describe = () => ({ message: 'the cluster is CREATING', help: 'Look at it.' })
  const error = await waitFor(never, { clock, pace: NEAR_PACE, timeoutMs, describe }).catch(
    (reason: unknown) => reason,
  )
  return { clock, error }
}

describe('waitFor', () => {
  it('does not wait for what is so already', async () => {
    const clock = new HastyClock()
    const options = { clock, pace: NEAR_PACE, timeoutMs: 0, describe: () => ({ message: 'x' }) }
    expect(await waitFor(async () => 'there', options)).toBe('there')
    expect(clock.sleeps).toEqual([])
  })

  it.each([false, 0, ''])('takes %j for a value: only undefined means not yet', async (value) => {
    const options = {
      clock: new HastyClock(),
      pace: NEAR_PACE,
      timeoutMs: 0,
      describe: () => ({ message: 'x' }),
    }
    expect(await waitFor(async () => value, options)).toBe(value)
  })

  it('starts at 20 ms and grows by half each time, to at most 10 s', async () => {
    const { clock } = await sleepsUntil(120_000)
    expect(clock.sleeps.slice(0, 4)).toEqual([20, 30, 45, 67.5])
    expect(Math.max(...clock.sleeps)).toBe(10_000)
    const ratios = clock.sleeps.slice(1).map((sleep, index) => sleep / (clock.sleeps[index] ?? 1))
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1.5)
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(1)
  })

  it('says what it waited for, for how long, and what to do', async () => {
    const { clock, error } = await sleepsUntil(60_000)
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({
      message: 'the cluster is CREATING (gave up after 60 s)',
      help: 'Look at it.',
    })
    expect(clock.sleeps.reduce((sum, sleep) => sum + sleep, 0)).toBeLessThanOrEqual(60_000)
  })

  it('lets a failure of the probe through at once', async () => {
    const clock = new HastyClock()
    const probe = () => Promise.reject(new UserError('CREATE_FAILED'))
    const waiting = waitFor(probe, {
      clock,
      pace: NEAR_PACE,
      timeoutMs: 1000,
      describe: () => ({ message: 'x' }),
    })
    await expect(waiting).rejects.toThrow('CREATE_FAILED')
    expect(clock.sleeps).toEqual([])
  })
})
