// Owns the rehearsal of control loops: a fake API, a fake clock, and waiting until something has come about.
import { FakeClock } from '../../base/testing/fake-clock.ts'
import { InternalError } from '../../base/errors.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import type { Event } from '../../../generated/kubernetes.d.ts'
import { events } from '../../kubernetes/client/resources.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'
import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import { runController } from '../../reconcile/run-controller.ts'

const DEADLINE_MS = 5_000

/** Control loops over a fake cluster; to be disposed of at the end of a test. */
export class Rehearsal implements AsyncDisposable {
  readonly clock = new FakeClock()
  readonly client = new FakeClient({ clock: this.clock })
  readonly #supervisor = new Supervisor(silentLog)
  readonly context: ControllerContext = createControllerContext({
    client: this.client,
    clock: this.clock,
    log: silentLog,
    supervisor: this.#supervisor,
  })

  start(...controllers: readonly Controller[]): void {
    const { clock } = this
    for (const controller of controllers) {
      runController(controller, { clock, log: silentLog, supervisor: this.#supervisor })
    }
  }

  /** Waits for `condition`; the fake clock moves a millisecond at a time, so that retries come due. */
  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS
    while (!(await condition())) {
      if (performance.now() > deadline) throw new InternalError(`not within ${DEADLINE_MS} ms: ${what}`)
      await this.clock.advance(1)
    }
  }

  /** Waits until the loops have stopped writing for some turns. */
  async settle(): Promise<void> {
    let seen = -1
    await this.until('no more writes', async () => {
      if (seen === this.client.actions.length) return true
      seen = this.client.actions.length
      for (let turn = 0; turn < 20; turn++) await this.clock.advance(1)
      return false
    })
  }

  /** Messages of the events recorded so far, as `reason: message`. */
  async told(): Promise<string[]> {
    const { items } = await this.client.list<Event>(events)
    return items.map(({ reason, message }) => `${reason}: ${message}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.stop()
  }
}
