// Owns the way of a control plane's lines into CloudWatch Logs: gathered in memory, sent once a second, so that whoever
// writes one never waits (docs/adr).
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Clock, Timer } from '../base/clock.ts'
import { isAwsCode } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { batchesOf, type LogLine } from './log-batches.ts'

export interface LogShipperOptions {
  /** `/aws/eks/demo/cluster` */
  readonly group: string
  readonly caller: AwsCaller
  readonly clock: Clock
  readonly log: Log
}

const FLUSH_MS = 1_000
/** What is not sent by then is worth less than the memory. */
const MAX_LINES = 20_000
const MAX_LINE = 250_000

/** Sends lines to the streams of one group. */
export class LogShipper {
  readonly #options: LogShipperOptions
  readonly #lines = new Map<string, LogLine[]>()
  readonly #streams = new Set<string>()
  #count = 0
  #timer: Timer | undefined
  #sending: Promise<void> = Promise.resolve()

  constructor(options: LogShipperOptions) {
    this.#options = options
  }

  /** Takes a line; it is dropped when too many wait already. */
  write(stream: string, message: string): void {
    if (this.#count >= MAX_LINES) return
    this.#count += 1
    const line = { timestamp: this.#options.clock.now(), message: message.slice(0, MAX_LINE) }
    const waiting = this.#lines.get(stream)
    if (waiting) waiting.push(line)
    else this.#lines.set(stream, [line])
    this.#timer ??= this.#options.clock.after(FLUSH_MS, () => void this.flush())
  }

  /** Sends what waits. Never rejects: lines that cannot be sent are lost, and the log says so. */
  flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    const all = [...this.#lines]
    this.#lines.clear()
    this.#count = 0
    this.#sending = this.#sending.then(async () => {
      for (const [stream, lines] of all) await this.#send(stream, lines)
    })
    return this.#sending
  }

  async #send(stream: string, lines: readonly LogLine[]): Promise<void> {
    try {
      for (const batch of batchesOf(lines)) await this.#put(stream, batch)
    } catch (error) {
      const { group, log } = this.#options
      log.warn('lines of a control plane are lost', { group, stream, lines: lines.length, error })
    }
  }

  async #put(logStreamName: string, logEvents: readonly LogLine[]): Promise<void> {
    const { group: logGroupName, caller } = this.#options
    if (!this.#streams.has(logStreamName)) await this.#create(logStreamName)
    const put = (): Promise<unknown> =>
      caller.call('logs', 'PutLogEvents', { logGroupName, logStreamName, logEvents })
    try {
      await put()
    } catch (error) {
      // Somebody has deleted the group or the stream: EKS makes them anew.
      if (!isAwsCode(error, 'ResourceNotFoundException')) throw error
      await this.#create(logStreamName)
      await put()
    }
  }

  async #create(logStreamName: string): Promise<void> {
    const { group: logGroupName, caller } = this.#options
    const unlessThere = async (operation: string, input: object): Promise<void> => {
      try {
        await caller.call('logs', operation, input)
      } catch (error) {
        if (!isAwsCode(error, 'ResourceAlreadyExistsException')) throw error
      }
    }
    await unlessThere('CreateLogGroup', { logGroupName })
    await unlessThere('CreateLogStream', { logGroupName, logStreamName })
    this.#streams.add(logStreamName)
  }
}
