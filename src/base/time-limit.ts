// Owns time limits that do not count the time in which this process itself was held up.
import type { Clock, Timer } from './clock.ts'

export interface TimeLimit {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal
  /** The limit is no longer of interest. */
  end(): void
}

const TICKS = 20

/**
 * A limit of `limitMs` in turns of the event loop. Who is waited for may run on the same loop (stand-ins do): while
 * the loop is held up neither gets anything done, so a hold-up counts one tick, a twentieth of the limit, however long
 * it is.
 */
export function timeLimit(clock: Clock, limitMs: number): TimeLimit {
  const controller = new AbortController()
  const tickMs = limitMs / TICKS
  let left = TICKS
  let timer: Timer
  const next = (): void => {
    timer = clock.after(tickMs, () => {
      left -= 1
      if (left === 0) controller.abort()
      else next()
    })
  }
  next()
  return { signal: controller.signal, end: () => timer.cancel() }
}
