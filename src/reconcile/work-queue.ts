// Owns the queue of keys a controller has to look at: each once, one pass at a time, retries with back-off.
// Source of the semantics: client-go util/workqueue.
import type { Clock, Timer } from '../base/clock.ts'

const FIRST_RETRY_MS = 5
const LAST_RETRY_MS = 30_000

interface Delayed {
  readonly dueAt: number
  readonly timer: Timer
}

/** Keys to work on. A key added while it is worked on comes back once that pass is done. */
export class WorkQueue {
  readonly #clock: Clock
  readonly #onReady: () => void
  readonly #ready = new Set<string>()
  readonly #inFlight = new Set<string>()
  readonly #again = new Set<string>()
  /** Keys that rest after a pass; true for those that were added meanwhile. */
  readonly #resting = new Map<string, { isWanted: boolean; readonly timer: Timer }>()
  readonly #delayed = new Map<string, Delayed>()
  readonly #failures = new Map<string, number>()
  #closed = false

  /** @param onReady called whenever a key has become ready to take */
  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock
    this.#onReady = onReady
  }

  /** Makes a key ready; nothing changes when it already waits. */
  add(key: string): void {
    if (this.#closed) return
    if (this.#inFlight.has(key)) {
      this.#again.add(key)
      return
    }
    const rest = this.#resting.get(key)
    if (rest) {
      rest.isWanted = true
      return
    }
    this.#ready.add(key)
    this.#onReady()
  }

  /** Adds a key later; of several delays of one key the shortest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return
    if (delayMs <= 0) {
      this.add(key)
      return
    }
    const dueAt = this.#clock.now() + delayMs
    const pending = this.#delayed.get(key)
    if (pending && pending.dueAt <= dueAt) return
    pending?.timer.cancel()
    const timer = this.#clock.after(delayMs, () => {
      this.#delayed.delete(key)
      this.add(key)
    })
    this.#delayed.set(key, { dueAt, timer })
  }

  /** Adds a key that has failed: after 5 ms, doubled with each failure in a row, up to 30 s. @returns the delay. */
  retry(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures, 30), LAST_RETRY_MS)
    this.addAfter(key, delayMs)
    return delayMs
  }

  /** Ends the back-off of a key. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** The key that has been ready longest, now in flight until `done`; undefined when none is ready. */
  take(): string | undefined {
    const [key] = this.#ready
    if (key === undefined) return undefined
    this.#ready.delete(key)
    this.#inFlight.add(key)
    // The pass that begins now decides anew when to look again.
    this.#delayed.get(key)?.timer.cancel()
    this.#delayed.delete(key)
    return key
  }

  /**
   * Ends the pass over a key.
   * @param restMs the key is not ready again before this time is over: what comes meanwhile makes one pass
   */
  done(key: string, restMs = 0): void {
    this.#inFlight.delete(key)
    const isWanted = this.#again.delete(key)
    if (restMs > 0 && !this.#closed) this.#rest(key, { isWanted, restMs })
    else if (isWanted) this.add(key)
  }

  #rest(key: string, { isWanted, restMs }: { isWanted: boolean; restMs: number }): void {
    const timer = this.#clock.after(restMs, () => {
      const rest = this.#resting.get(key)
      this.#resting.delete(key)
      if (rest?.isWanted) this.add(key)
    })
    this.#resting.set(key, { isWanted, timer })
  }

  /** Keys that can be taken. */
  get length(): number {
    return this.#ready.size
  }

  /** Forgets everything and takes no more. */
  close(): void {
    this.#closed = true
    for (const { timer } of [...this.#delayed.values(), ...this.#resting.values()]) timer.cancel()
    this.#delayed.clear()
    this.#resting.clear()
    this.#ready.clear()
    this.#again.clear()
  }
}
