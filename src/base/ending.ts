// Owns the end of a part: it has a deadline, and neither its failure nor its silence keeps others from ending.
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

export interface EndingOptions {
  readonly clock: Clock
  readonly log: Log
  /** How long it may take; 2 s by default. */
  readonly limitMs?: number
  /** What is still under way within the part, for the log. */
  readonly pending?: () => readonly string[]
}

const LIMIT_MS = 2_000

/**
 * The end of a part as an `AsyncDisposableStack` takes it.
 * @returns a function that resolves once the part has ended, or its time is over; both are told in the log, and it
 * never rejects.
 */
export function ending(name: string, end: () => Promise<void>, options: EndingOptions): () => Promise<void> {
  const { clock, log, limitMs = LIMIT_MS, pending = () => [] } = options
  return async () => {
    const over = Promise.withResolvers<'over'>()
    const timer = clock.after(limitMs, () => over.resolve('over'))
    try {
      const outcome = await Promise.race([end().then(() => 'ended' as const), over.promise])
      if (outcome === 'over') log.error(`${name} did not end in time`, { limitMs, pending: pending() })
    } catch (error) {
      log.error(`${name} failed to end`, { error })
    } finally {
      timer.cancel()
    }
  }
}
