// Owns keeping one thing in step with many objects: changes of a moment are carried out together, and what fails is tried
// again. For what is made as a whole, where a controller's keys would all mean the same.
import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'

// Many objects change at once when a Deployment rolls.
const GATHER_MS = 10
const RETRY_MS = 1000

export interface InStepOptions {
  readonly clock: Clock
  readonly log: Log
  /** What is kept, as a person knows it: "the Services of real pods". */
  readonly what: string
  /** Brings it up to date with what is now. One runs at a time. */
  sync(): Promise<void>
}

/** What is kept in step. */
export interface InStep {
  /** Something has changed. */
  wake(): void
  /** Waits for what runs; nothing is carried out after that. */
  stop(): Promise<void>
}

/** Starts with a first pass. */
export function keepInStep(options: InStepOptions): InStep {
  const keeper = new Keeper(options)
  keeper.wake()
  return keeper
}

class Keeper implements InStep {
  readonly #options: InStepOptions
  readonly #supervisor: Supervisor
  #timer: Timer | undefined
  #isBusy = false
  #isStale = false
  #isStopped = false

  constructor(options: InStepOptions) {
    this.#options = options
    this.#supervisor = new Supervisor(options.log)
  }

  wake(delayMs = GATHER_MS): void {
    this.#isStale = true
    if (this.#isBusy || this.#isStopped) return
    this.#timer ??= this.#options.clock.after(delayMs, () => {
      this.#timer = undefined
      this.#isBusy = true
      this.#supervisor.run(this.#options.what, () => this.#pass())
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    await this.#supervisor.stop()
  }

  async #pass(): Promise<void> {
    const { log, what } = this.#options
    let delayMs = GATHER_MS
    this.#isStale = false
    try {
      await this.#options.sync()
    } catch (error) {
      log.warn(`${what} are not up to date`, { error })
      delayMs = RETRY_MS
      this.#isStale = true
    }
    this.#isBusy = false
    if (this.#isStale) this.wake(delayMs)
  }
}
