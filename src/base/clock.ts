// Owns time: the only file that reads the wall clock or sets timers outside fakes.
import { setTimeout as sleepFor } from 'node:timers/promises'

import { onAbort } from './abort.ts'

export interface Timer {
  cancel(): void
}

/** Time as everything in Neargate sees it, so that tests can move it. All figures in milliseconds. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Runs `action` once after `delayMs`; does not keep the process alive. */
  after(delayMs: number, action: () => void): Timer
  /** What programs outside see on their clocks, where `now` has been moved on from it. */
  wallNow?(): number
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, action) {
    const handle = setTimeout(action, delayMs)
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
  async sleep(delayMs, signal) {
    await sleepFor(delayMs, undefined, signal ? { signal } : {})
  },
}

/** `sleep` for a clock that has `after`: rejects at once with the reason of a signal that is aborted already. */
export function sleepBy(clock: Pick<Clock, 'after'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const timer = clock.after(delayMs, () => {
      // A signal of a pod lives for days: each sleep would leave a listener behind.
      stopListening?.()
      resolve()
    })
    const stopListening =
      signal &&
      onAbort(signal, () => {
        timer.cancel()
        reject(signal.reason as Error)
      })
  })
}

/** The time that others sign with: the machine's, however far a clock has been moved on. */
export function wallTime(clock: Clock): number {
  return clock.wallNow?.() ?? clock.now()
}

/** RFC 3339 in whole seconds, as Kubernetes writes `metav1.Time`. */
export function timestamp(clock: Clock): string {
  return formatTimestamp(clock.now())
}

/** RFC 3339 in whole seconds of a moment in epoch milliseconds. */
export function formatTimestamp(epochMs: number): string {
  const second = Math.floor(epochMs / 1000)
  if (second !== formatted.second) {
    formatted = { second, text: `${new Date(epochMs).toISOString().slice(0, 19)}Z` }
  }
  return formatted.text
}

// Each write has several, all of the same second.
let formatted = { second: Number.NaN, text: '' }

/** RFC 3339 with microseconds, as Kubernetes writes `metav1.MicroTime`. */
export function microTimestamp(clock: Clock): string {
  return formatMicroTime(clock.now())
}

/** RFC 3339 with microseconds of a moment in epoch milliseconds. */
export function formatMicroTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z')
}
