// Owns how long a container that ended waits before it is started again.

const FIRST_MS = 10_000
const LONGEST_MS = 300_000
/** A container that ran this long starts over with the shortest wait (client-go flowcontrol: twice the longest). */
const FORGOTTEN_AFTER_MS = 2 * LONGEST_MS

/** CrashLoopBackOff of one container: at once, then 10 s, 20 s, … 5 min (pkg/kubelet/kubelet.go). */
export class CrashBackoff {
  #nextMs = 0

  /** The wait after a run of `ranMs`, which just ended. */
  next(ranMs: number): number {
    if (ranMs >= FORGOTTEN_AFTER_MS) this.#nextMs = 0
    const wait = this.#nextMs
    this.#nextMs = wait === 0 ? FIRST_MS : Math.min(LONGEST_MS, wait * 2)
    return wait
  }
}

/** `10s`, `1m20s`, `5m0s`: a duration as Go prints it. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
