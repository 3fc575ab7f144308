// Owns a clock whose timers come late, as those of a loop do that is held up.
import { sleepBy, type Clock, type Timer } from '../clock.ts'
import { FakeClock } from './fake-clock.ts'

/** A fake clock on which each timer that is set comes `lateMs` after its time. */
export class LateClock implements Clock {
  readonly inner = new FakeClock()
  lateMs = 0

  now(): number {
    return this.inner.now()
  }

  after(delayMs: number, action: () => void): Timer {
    return this.inner.after(delayMs + this.lateMs, action)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepBy(this, delayMs, signal)
  }
}
