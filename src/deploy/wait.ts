// Owns waiting for something to become so: polling that starts eager and calms down.
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 10_000
const GROWTH = 1.5

export interface WaitOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  /** What to say when time runs out: what was waited for, and what was seen last. */
  readonly describe: () => { readonly message: string; readonly help?: string }
}

/**
 * Calls `probe` until it returns a value, pausing 20 ms at first and up to 10 s later: quick where the other
 * side is quick, and gentle on real AWS.
 * @throws UserError when `timeoutMs` has passed.
 */
export async function waitFor<T>(probe: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const { clock, timeoutMs, describe } = options
  const deadline = clock.now() + timeoutMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS)) {
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
