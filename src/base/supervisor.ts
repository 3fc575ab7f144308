// Owns background promises: nothing runs unattended, and stopping waits for all of it.
import type { Log } from './log.ts'

/** Runs background work, reports what fails, and ends it together. */
export class Supervisor {
  readonly #abort = new AbortController()
  readonly #running = new Map<Promise<void>, string>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** Aborted once `stop` is called; background work ends when it sees that. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Names of the work that is under way. */
  get running(): readonly string[] {
    return [...this.#running.values()]
  }

  /** Starts `work`; a rejection is logged with `name` unless it came from stopping. Never throws. */
  run(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.signal.aborted) return
    const task = work(this.signal).catch((error: unknown) => {
      if (!this.signal.aborted) this.#log.error(`${name} failed`, { error })
    })
    this.#running.set(task, name)
    void task.finally(() => this.#running.delete(task))
  }

  /** Aborts everything and resolves when all of it has ended. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await Promise.all(this.#running.keys())
  }
}
