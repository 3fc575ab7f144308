// Owns time limits that do not count the time in which this process itself was held up.
import { onAbort } from './abort.ts'
import type { Clock, Timer } from './clock.ts'

export interface TimeLimit {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal
  /** The limit is no longer of interest. */
  end(): void
}

const FEWEST_TICKS = 20
const LONGEST_TICK_MS = 100

/**
 * A limit of `limitMs` in turns of the event loop. Who is waited for may run on the same loop (stand-ins do): while
 * the loop is held up neither gets anything done, so a hold-up counts one tick, a twentieth of the limit and at most
 * 100 ms, however long it is.
 */
export function timeLimit(clock: Clock, limitMs: number): TimeLimit {
  const controller = new AbortController()
  const tickMs = Math.min(LONGEST_TICK_MS, Math.max(1, Math.floor(limitMs / FEWEST_TICKS)))
  let leftMs = limitMs
  let timer: Timer
  const next = (): void => {
    const stepMs = Math.min(tickMs, leftMs)
    timer = clock.after(stepMs, () => {
      leftMs -= stepMs
      if (leftMs <= 0) controller.abort()
      else next()
    })
  }
  next()
  return { signal: controller.signal, end: () => timer.cancel() }
}

/** Resolves after `delayMs` as a time limit counts them; rejects with the signal's reason when aborted first. */
export async function sleepUnhindered(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const limit = timeLimit(clock, delayMs)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const stopListening = onAbort(signal, () => reject(signal.reason as Error))
  onAbort(limit.signal, resolve)
  try {
    await promise
  } finally {
    limit.end()
    stopListening()
  }
}
