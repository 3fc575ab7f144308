// Owns when a connection has been silent for too long.
import type { Clock, Timer } from '../../base/clock.ts'

/** Tells once that nothing was sent or received for a time. */
export class IdleTimer {
  readonly #clock: Clock
  readonly #afterMs: number
  readonly #expired: () => void
  #lastMs: number
  #timer: Timer

  constructor(clock: Clock, afterMs: number, expired: () => void) {
    this.#clock = clock
    this.#afterMs = afterMs
    this.#expired = expired
    this.#lastMs = clock.now()
    this.#timer = clock.after(afterMs, () => this.#check())
  }

  /** Something was sent or received. Cheap: called for every chunk. */
  touch(): void {
    this.#lastMs = this.#clock.now()
  }

  stop(): void {
    this.#timer.cancel()
  }

  #check(): void {
    const leftMs = this.#lastMs + this.#afterMs - this.#clock.now()
    if (leftMs <= 0) return this.#expired()
    this.#timer = this.#clock.after(leftMs, () => this.#check())
  }
}
