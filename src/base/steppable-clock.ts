// Owns the clock that runs as the system's does, and can be moved on by hand.
import { sleepBy, type Clock, type Timer } from './clock.ts'
import { UserError } from './errors.ts'

interface Pending {
  readonly dueMs: number
  readonly action: () => void
  timer: NodeJS.Timeout | undefined
}

/** The system's time and what it has been moved on by. Timers do not keep the process alive. */
export class SteppableClock implements Clock {
  #aheadMs = 0
  readonly #pending = new Set<Pending>()

  now(): number {
    return Date.now() + this.#aheadMs
  }

  wallNow(): number {
    return Date.now()
  }

  after(delayMs: number, action: () => void): Timer {
    const entry: Pending = { dueMs: this.now() + Math.max(0, delayMs), action, timer: undefined }
    this.#pending.add(entry)
    this.#arm(entry)
    return { cancel: () => this.#forget(entry) }
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepBy(this, delayMs, signal)
  }

  /**
   * Moves time on. What falls due in between runs at once, in the order of time, and sees the time that it was due at;
   * what it sets anew for that span runs too.
   * @throws UserError for what is no span of milliseconds: callers of the library need not be typed
   */
  async advance(byMs: number): Promise<void> {
    if (!Number.isFinite(byMs) || byMs < 0) {
      throw new UserError(`clock.advance takes milliseconds, 0 or more, not ${JSON.stringify(byMs)}`, {
        help: 'Write 3_600_000 for an hour.',
      })
    }
    const targetMs = this.now() + byMs
    for (let next = this.#nextDue(targetMs); next; next = this.#nextDue(targetMs)) {
      this.#moveTo(next.dueMs)
      this.#forget(next)
      next.action()
      await settled()
    }
    this.#moveTo(targetMs)
    for (const entry of this.#pending) this.#arm(entry)
    await settled()
  }

  #moveTo(ms: number): void {
    this.#aheadMs = Math.max(this.#aheadMs, ms - Date.now())
  }

  #arm(entry: Pending): void {
    clearTimeout(entry.timer)
    entry.timer = setTimeout(
      () => {
        this.#pending.delete(entry)
        entry.action()
      },
      Math.max(0, entry.dueMs - this.now()),
    )
    entry.timer.unref()
  }

  #forget(entry: Pending): void {
    clearTimeout(entry.timer)
    this.#pending.delete(entry)
  }

  #nextDue(targetMs: number): Pending | undefined {
    let next: Pending | undefined
    for (const entry of this.#pending) {
      if (entry.dueMs <= targetMs && (!next || entry.dueMs < next.dueMs)) next = entry
    }
    return next
  }
}

/** Lets what a timer has set off go as far as it goes without time. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
