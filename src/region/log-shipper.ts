// Owns where the lines of a control plane go: streams of one group, which EKS makes anew whoever deletes it.
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { LogSender } from './log-sender.ts'

export interface LogShipperOptions {
  /** `/aws/eks/demo/cluster` */
  readonly group: string
  readonly caller: AwsCaller
  readonly clock: Clock
  readonly log: Log
}

/** Sends lines to the streams of one group. */
export class LogShipper {
  readonly #group: string
  readonly #clock: Clock
  readonly #sender: LogSender

  constructor({ group, caller, clock, log }: LogShipperOptions) {
    this.#group = group
    this.#clock = clock
    this.#sender = new LogSender({
      caller,
      clock,
      events: {
        lost: ({ stream }, lines, error) =>
          log.warn('lines of a control plane are lost', { group, stream, lines, error }),
      },
    })
  }

  /** Takes a line; it is dropped when too many wait already. */
  write(stream: string, message: string): void {
    const line = { timestamp: this.#clock.now(), message }
    this.#sender.write(stream, { group: this.#group, stream, newGroup: {} }, line)
  }

  /** Sends what waits. Never rejects: lines that cannot be sent are lost, and the log says so. */
  flush(): Promise<void> {
    return this.#sender.flush()
  }
}
