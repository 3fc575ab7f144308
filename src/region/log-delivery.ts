// Owns what one log router sends: batches for streams of CloudWatch Logs, groups and streams that it makes, and what
// Fluent Bit says of itself meanwhile.
// Source: Fluent Bit's out_cloudwatch_logs, by the lines that it writes: cloudwatch_api.c.
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Clock, Timer } from '../base/clock.ts'
import { AwsError, isAwsCode, messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Output } from '../rules/log-router/outputs.ts'
import type { Delivery } from '../rules/log-router/pipeline.ts'
import { batchesOf, type LogLine } from './log-batches.ts'

export interface LogDeliveryOptions {
  readonly caller: AwsCaller
  readonly clock: Clock
  readonly log: Log
  /** Where Fluent Bit's own lines go; undefined: nowhere. */
  readonly processLogs: { readonly group: string; readonly stream: string } | undefined
}

interface Stream {
  readonly output: Output
  readonly group: string
  readonly name: string
  lines: LogLine[]
  isThere: boolean
}

/** Fluent Bit flushes every five seconds; people who rehearse wait for it. */
const FLUSH_MS = 1_000
/** What one pod may have waiting, as Mem_Buf_Limit bounds it on AWS. */
const MAX_LINES = 20_000

/** The output side of one pod's log router. */
export class LogDelivery {
  readonly #options: LogDeliveryOptions
  readonly #streams = new Map<string, Stream>()
  #waiting = 0
  #ownLines: LogLine[] = []
  #timer: Timer | undefined
  #sending: Promise<void> = Promise.resolve()

  constructor(options: LogDeliveryOptions) {
    this.#options = options
  }

  /** Takes a record; it is dropped when too many wait already. */
  write({ output, group, stream: name, message, timeMs }: Delivery): void {
    if (this.#waiting >= MAX_LINES) return
    this.#waiting += 1
    const key = `${output.name} ${group} ${name}`
    const stream = this.#streams.get(key) ?? { output, group, name, lines: [], isThere: false }
    this.#streams.set(key, stream)
    stream.lines.push({ timestamp: timeMs, message })
    this.#timer ??= this.#options.clock.after(FLUSH_MS, () => void this.flush())
  }

  /** Sends what waits. Never rejects: what AWS refuses is lost, as with Fluent Bit, and told in its own lines. */
  flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#sending = this.#sending.then(async () => {
      for (const stream of this.#streams.values()) await this.#send(stream)
      await this.#sendOwn()
    })
    return this.#sending
  }

  async #send(stream: Stream): Promise<void> {
    const { lines } = stream
    if (lines.length === 0) return
    stream.lines = []
    this.#waiting -= lines.length
    try {
      if (!stream.isThere) await this.#create(stream)
      for (const batch of batchesOf(lines)) await this.#put(stream, batch)
    } catch (error) {
      this.#say('error', stream.output, `Failed to send ${lines.length} events to ${stream.name}`)
      const { log } = this.#options
      log.warn('lines of a Fargate pod are lost', {
        group: stream.group,
        stream: stream.name,
        lines: lines.length,
        why: messageOf(error),
      })
    }
  }

  async #put(stream: Stream, logEvents: readonly LogLine[]): Promise<void> {
    const input = { logGroupName: stream.group, logStreamName: stream.name, logEvents }
    try {
      await this.#call(stream.output, 'PutLogEvents', input)
    } catch (error) {
      // Somebody has deleted the stream: the plugin makes it anew.
      if (!isAwsCode(error, 'ResourceNotFoundException')) throw error
      stream.isThere = false
      await this.#create(stream)
      await this.#call(stream.output, 'PutLogEvents', input)
    }
  }

  /** Tries the stream first, and makes its group where that is missing and it may. */
  async #create(stream: Stream): Promise<void> {
    const { output, group, name } = stream
    this.#say('info', output, `Creating log stream ${name} in log group ${group}`)
    const create = (): Promise<unknown> =>
      unlessThere(() => this.#call(output, 'CreateLogStream', { logGroupName: group, logStreamName: name }))
    try {
      await create()
    } catch (error) {
      if (!output.createsGroup || !isAwsCode(error, 'ResourceNotFoundException')) throw error
      await this.#createGroup(output, group)
      await create()
    }
    this.#say('info', output, `Created log stream ${name}`)
    stream.isThere = true
  }

  async #createGroup(output: Output, logGroupName: string): Promise<void> {
    const { retentionDays: retentionInDays, groupTags } = output
    this.#say('info', output, `Creating log group ${logGroupName}`)
    const tags = Object.keys(groupTags).length > 0 ? { tags: groupTags } : {}
    await unlessThere(() => this.#call(output, 'CreateLogGroup', { logGroupName, ...tags }))
    this.#say('info', output, `Created log group ${logGroupName}`)
    if (retentionInDays !== undefined) {
      await this.#call(output, 'PutRetentionPolicy', { logGroupName, retentionInDays })
    }
  }

  async #call(output: Output, operation: string, input: object): Promise<unknown> {
    try {
      return await this.#options.caller.call('logs', operation, input)
    } catch (error) {
      if (error instanceof AwsError && error.code !== 'ResourceAlreadyExistsException') {
        const text = `${operation} API responded with error='${error.code}', message='${error.message}'`
        this.#say('error', output, text)
      }
      throw error
    }
  }

  #say(level: 'info' | 'error', output: Output, text: string): void {
    if (!this.#options.processLogs) return
    const timestamp = this.#options.clock.now()
    const time = new Date(timestamp).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')
    const plugin = output.name.replace(/\.\d+$/, '')
    const message = `[${time}] [${level.padStart(5)}] [output:${plugin}:${output.name}] ${text}`
    this.#ownLines.push({ timestamp, message })
  }

  async #sendOwn(): Promise<void> {
    const { processLogs, caller, log } = this.#options
    if (!processLogs || this.#ownLines.length === 0) return
    const { group: logGroupName, stream: logStreamName } = processLogs
    const lines = this.#ownLines
    this.#ownLines = []
    try {
      await unlessThere(() => caller.call('logs', 'CreateLogGroup', { logGroupName }))
      await unlessThere(() => caller.call('logs', 'CreateLogStream', { logGroupName, logStreamName }))
      for (const logEvents of batchesOf(lines)) {
        await caller.call('logs', 'PutLogEvents', { logGroupName, logStreamName, logEvents })
      }
    } catch (error) {
      log.warn('lines of a log router are lost', { group: logGroupName, why: messageOf(error) })
    }
  }
}

async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!isAwsCode(error, 'ResourceAlreadyExistsException')) throw error
  }
}
