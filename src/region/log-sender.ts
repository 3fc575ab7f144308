// Owns the way of lines into streams of CloudWatch Logs: gathered in memory, sent once a second, so that whoever writes one
// never waits; streams are made when they are missing, and groups where that is wanted.
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Clock, Timer } from '../base/clock.ts'
import { isAwsCode } from '../base/errors.ts'
import { batchesOf, type LogLine } from './log-batches.ts'

/** Where lines go. */
export interface LogTarget {
  readonly group: string
  readonly stream: string
  /** What a group is given when it is missing; undefined: it is not made. */
  readonly newGroup:
    | { readonly retentionDays?: number | undefined; readonly tags?: Readonly<Record<string, string>> }
    | undefined
}

/** Steps that are told of; none of it has to be listened to. */
export interface LogSenderEvents<Target extends LogTarget> {
  creating?(what: 'log stream' | 'log group', target: Target): void
  created?(what: 'log stream' | 'log group', target: Target): void
  refused?(operation: string, target: Target, error: unknown): void
  /** Lines could not be sent, and are not tried again. */
  lost(target: Target, count: number, error: unknown): void
}

export interface LogSenderOptions<Target extends LogTarget> {
  readonly caller: AwsCaller
  readonly clock: Clock
  readonly events: LogSenderEvents<Target>
}

interface Stream<Target> {
  readonly target: Target
  lines: LogLine[]
  isThere: boolean
}

const FLUSH_MS = 1_000
/** What is not sent by then is worth less than the memory. */
const MAX_LINES = 20_000
const MAX_LINE = 250_000

/** Sends lines to streams that it is told by name. */
export class LogSender<Target extends LogTarget = LogTarget> {
  readonly #options: LogSenderOptions<Target>
  readonly #streams = new Map<string, Stream<Target>>()
  #waiting = 0
  #timer: Timer | undefined
  #sending: Promise<void> = Promise.resolve()

  constructor(options: LogSenderOptions<Target>) {
    this.#options = options
  }

  /**
   * Takes a line; it is dropped when too many wait already.
   * @param key tells targets apart
   */
  write(key: string, target: Target, { timestamp, message }: LogLine): void {
    if (this.#waiting >= MAX_LINES) return
    this.#waiting += 1
    const stream = this.#streams.get(key) ?? { target, lines: [], isThere: false }
    this.#streams.set(key, stream)
    stream.lines.push({ timestamp, message: message.slice(0, MAX_LINE) })
    this.#timer ??= this.#options.clock.after(FLUSH_MS, () => void this.flush())
  }

  /** Sends what waits. Never rejects: lines that cannot be sent are lost, and told of. */
  flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#sending = this.#sending.then(async () => {
      for (const stream of this.#streams.values()) await this.#send(stream)
    })
    return this.#sending
  }

  async #send(stream: Stream<Target>): Promise<void> {
    const { lines, target } = stream
    if (lines.length === 0) return
    stream.lines = []
    this.#waiting -= lines.length
    try {
      if (!stream.isThere) await this.#create(stream)
      for (const batch of batchesOf(lines)) await this.#put(stream, batch)
    } catch (error) {
      this.#options.events.lost(target, lines.length, error)
    }
  }

  async #put(stream: Stream<Target>, logEvents: readonly LogLine[]): Promise<void> {
    const { target } = stream
    const put = (): Promise<void> => this.#call('PutLogEvents', target, { ...streamOf(target), logEvents })
    try {
      await put()
    } catch (error) {
      // Somebody has deleted the stream or its group: they are made anew.
      if (!isAwsCode(error, 'ResourceNotFoundException')) throw error
      stream.isThere = false
      await this.#create(stream)
      await put()
    }
  }

  /** Tries the stream first, and makes its group where that is missing and wanted. */
  async #create(stream: Stream<Target>): Promise<void> {
    const { target } = stream
    const { events } = this.#options
    const create = (): Promise<void> =>
      unlessThere(() => this.#call('CreateLogStream', target, streamOf(target)))
    events.creating?.('log stream', target)
    try {
      await create()
    } catch (error) {
      if (!target.newGroup || !isAwsCode(error, 'ResourceNotFoundException')) throw error
      await this.#createGroup(target, target.newGroup)
      await create()
    }
    events.created?.('log stream', target)
    stream.isThere = true
  }

  async #createGroup(
    target: Target,
    { retentionDays: retentionInDays, tags = {} }: NonNullable<LogTarget['newGroup']>,
  ): Promise<void> {
    const { events } = this.#options
    events.creating?.('log group', target)
    const logGroupName = target.group
    const tagged = Object.keys(tags).length > 0 ? { tags } : {}
    await unlessThere(() => this.#call('CreateLogGroup', target, { logGroupName, ...tagged }))
    events.created?.('log group', target)
    if (retentionInDays === undefined) return
    await this.#call('PutRetentionPolicy', target, { logGroupName, retentionInDays })
  }

  async #call(operation: string, target: Target, input: object): Promise<void> {
    const { caller, events } = this.#options
    try {
      await caller.call('logs', operation, input)
    } catch (error) {
      if (!isAwsCode(error, THERE)) events.refused?.(operation, target, error)
      throw error
    }
  }
}

function streamOf({ group, stream }: LogTarget): { logGroupName: string; logStreamName: string } {
  return { logGroupName: group, logStreamName: stream }
}

const THERE = 'ResourceAlreadyExistsException'

async function unlessThere(create: () => Promise<void>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!isAwsCode(error, THERE)) throw error
  }
}
