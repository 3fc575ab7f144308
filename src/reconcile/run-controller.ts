// Owns the running of a control loop: sources fill its queue, workers empty it, until the supervisor stops.
import { aborted } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { isConflict } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Supervisor } from '../base/supervisor.ts'
import type { Controller } from './controller.ts'
import { WorkQueue } from './work-queue.ts'

export interface ControllerEnvironment {
  readonly clock: Clock
  readonly log: Log
  readonly supervisor: Supervisor
}

/** Runs a controller in the background until the supervisor stops; passes under way are waited for. */
export function runController(controller: Controller, environment: ControllerEnvironment): void {
  environment.supervisor.run(`controller ${controller.name}`, (signal) => {
    return new ControllerRun(controller, environment).run(signal)
  })
}

// A key gets a fifth of the time at most: a pass over thousands of children must not follow each change of one of them.
const REST_FACTOR = 4
const LONGEST_REST_MS = 200

class ControllerRun {
  readonly #controller: Controller
  readonly #clock: Clock
  readonly #log: Log
  readonly #queue: WorkQueue
  readonly #passes = new Set<Promise<void>>()
  #scheduled = false
  #stopped = false

  constructor(controller: Controller, { clock, log }: ControllerEnvironment) {
    this.#controller = controller
    this.#clock = clock
    this.#log = log.with({ controller: controller.name })
    this.#queue = new WorkQueue(clock, () => this.#schedule())
  }

  async run(signal: AbortSignal): Promise<void> {
    const endings = this.#controller.sources.map((source) => source.subscribe((key) => this.#queue.add(key)))
    await aborted(signal)
    this.#stopped = true
    for (const end of endings) end()
    this.#queue.close()
    await Promise.all(this.#passes)
  }

  // In a later turn: all changes of one turn make one pass, and a busy controller lets others run between passes.
  #schedule(): void {
    if (this.#scheduled || this.#stopped) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#startPasses()
    })
  }

  #startPasses(): void {
    while (!this.#stopped && this.#passes.size < (this.#controller.concurrency ?? 1)) {
      const key = this.#queue.take()
      if (key === undefined) return
      const pass = this.#pass(key)
      this.#passes.add(pass)
      void pass.finally(() => {
        this.#passes.delete(pass)
        if (this.#queue.length > 0) this.#schedule()
      })
    }
  }

  async #pass(key: string): Promise<void> {
    const startedAtMs = this.#clock.now()
    try {
      const result = await this.#controller.reconcile(key)
      this.#queue.forget(key)
      if (result?.requeueAfterMs !== undefined) this.#queue.addAfter(key, result.requeueAfterMs)
    } catch (error) {
      if (this.#stopped) return
      const retryMs = this.#queue.retry(key)
      // Losing a race is how optimistic concurrency works, not a fault.
      if (isConflict(error)) this.#log.debug('reconcile lost a race', { key, retryMs })
      else this.#log.warn('reconcile failed', { key, retryMs, error })
    } finally {
      const tookMs = Math.max(0, this.#clock.now() - startedAtMs)
      this.#queue.done(key, Math.min(tookMs * REST_FACTOR, LONGEST_REST_MS))
    }
  }
}
