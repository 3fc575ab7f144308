// Owns keeping an eye on running containers: ends and probes are watched exactly as long as the plan says.
import { ABORTED } from '../base/abort.ts'
import type { Watch } from './pod-plan.ts'

/** What watches a container until the signal aborts. */
export type Watcher = (watch: Watch, signal: AbortSignal) => Promise<void>

/** The watches of one pod. */
export class Watches {
  readonly #watcher: Watcher
  readonly #running = new Map<string, AbortController>()

  /** @param watcher never rejects */
  constructor(watcher: Watcher) {
    this.#watcher = watcher
  }

  /** Begins those that are new in the list, ends those that are no longer in it. */
  keep(wanted: readonly Watch[]): void {
    const byKey = new Map(wanted.map((watch) => [keyOf(watch), watch]))
    for (const [key, controller] of this.#running) {
      if (byKey.has(key)) continue
      this.#running.delete(key)
      controller.abort(ABORTED)
    }
    for (const [key, watch] of byKey) {
      if (this.#running.has(key)) continue
      const controller = new AbortController()
      this.#running.set(key, controller)
      void this.#watcher(watch, controller.signal)
    }
  }
}

function keyOf({ type, name, id }: Watch): string {
  return `${type}/${name}/${id}`
}
