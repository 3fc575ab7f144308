// Owns a clock for programs that wait by it as patiently as AWS wants: it runs faster than the system's.
import { sleepBy, type Clock, type Timer } from '../../src/base/clock.ts'

/**
 * A clock on which a second lasts a fraction of one.
 * @param speed how many times as fast as the system's pauses pass
 * @param deadlineSpeed the same of time itself, which deadlines are measured by: less, where a machine under load must meet them
 */
export function fastClock(speed: number, deadlineSpeed = speed): Clock {
  const startMs = Date.now()
  const clock: Clock = {
    now: () => startMs + (Date.now() - startMs) * deadlineSpeed,
    wallNow: () => Date.now(),
    after(delayMs: number, action: () => void): Timer {
      const handle = setTimeout(action, delayMs / speed)
      return { cancel: () => clearTimeout(handle) }
    },
    sleep: (delayMs, signal) => sleepBy(clock, delayMs, signal),
  }
  return clock
}
