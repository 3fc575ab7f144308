// Owns waiting for something to become so: polling that starts eager and calms down.
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import type { Pace } from './pace.ts'

const GROWTH = 1.5

export interface WaitOptions {
  readonly clock: Clock
  readonly pace: Pace
  readonly timeoutMs: number
  /** What to say when time runs out: what was waited for, and what was seen last. */
  readonly describe: () => { readonly message: string; readonly help?: string }
}

/**
 * Calls `probe` until it returns a value, with pauses that grow: quick where the other side is quick, gentle where it
 * is not.
 * @throws UserError when `timeoutMs` has passed.
 */
export async function waitFor<T>(probe: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const { clock, pace, timeoutMs, describe } = options
  const deadline = clock.now() + timeoutMs
  const { firstPauseMs, longestPauseMs } = pace
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * GROWTH, longestPauseMs)) {
    const value = await probe()
    if (value !== undefined) return value
    if (clock.now() + pauseMs > deadline) {
      const { message, help } = describe()
      throw new UserError(
        `${message} (gave up after ${Math.round(timeoutMs / 1000)} s)`,
        help === undefined ? {} : { help },
      )
    }
    await clock.sleep(pauseMs)
  }
}
