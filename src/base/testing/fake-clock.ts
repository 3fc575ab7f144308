// Owns the clock that tests move by hand.
import { sleepBy, type Clock, type Timer } from '../clock.ts'

interface Pending {
  readonly dueAt: number
  readonly action: () => void
}

/** A clock that stands still until `advance` is called; due timers then run in order of time. */
export class FakeClock implements Clock {
  #nowMs: number
  readonly #pending = new Set<Pending>()

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  after(delayMs: number, action: () => void): Timer {
    const entry = { dueAt: this.#nowMs + delayMs, action }
    this.#pending.add(entry)
    return { cancel: () => void this.#pending.delete(entry) }
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepBy(this, delayMs, signal)
  }

  /** Moves time on, running every timer that falls due, and lets promise callbacks settle after each. */
  async advance(byMs: number): Promise<void> {
    const target = this.#nowMs + byMs
    for (let next = this.#nextDue(target); next; next = this.#nextDue(target)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueAt)
      this.#pending.delete(next)
      next.action()
      await settle()
    }
    this.#nowMs = target
    await settle()
  }

  #nextDue(target: number): Pending | undefined {
    const due = [...this.#pending].filter((entry) => entry.dueAt <= target)
    return due.sort((a, b) => a.dueAt - b.dueAt)[0]
  }
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
