// Owns what one log router sends: its records to where its outputs say, and what Fluent Bit says of itself meanwhile.
// Source: Fluent Bit's out_cloudwatch_logs, by the lines that it writes: cloudwatch_api.c.
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Clock } from '../base/clock.ts'
import { AwsError, messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Output } from '../rules/log-router/outputs.ts'
import type { Delivery } from '../rules/log-router/pipeline.ts'
import { LogSender, type LogTarget } from './log-sender.ts'

export interface LogDeliveryOptions {
  readonly caller: AwsCaller
  readonly clock: Clock
  readonly log: Log
  /** Where Fluent Bit's own lines go; undefined: nowhere. */
  readonly processLogs: { readonly group: string; readonly stream: string } | undefined
}

type OutputTarget = LogTarget & { readonly output: Output }

/** The output side of one pod's log router. */
export class LogDelivery {
  readonly #options: LogDeliveryOptions
  readonly #records: LogSender<OutputTarget>
  readonly #own: LogSender

  constructor(options: LogDeliveryOptions) {
    this.#options = options
    const { caller, clock, log } = options
    this.#records = new LogSender<OutputTarget>({
      caller,
      clock,
      events: {
        creating: (what, target) => this.#say('info', target, `Creating ${named(what, target)}`),
        created: (what, target) =>
          this.#say('info', target, `Created ${what} ${what === 'log group' ? target.group : target.stream}`),
        refused: (operation, target, error) => {
          if (!(error instanceof AwsError)) return
          const { code, message } = error
          this.#say('error', target, `${operation} API responded with error='${code}', message='${message}'`)
        },
        // As with Fluent Bit, what AWS refuses is not tried for ever.
        lost: (target, lines, error) => {
          const { group, stream } = target
          this.#say('error', target, `Failed to send ${lines} events to ${stream}`)
          log.warn('lines of a Fargate pod are lost', { group, stream, lines, why: messageOf(error) })
        },
      },
    })
    this.#own = new LogSender({
      caller,
      clock,
      events: {
        lost: ({ group }, _, error) =>
          log.warn('lines of a log router are lost', { group, why: messageOf(error) }),
      },
    })
  }

  /** Takes a record; it is dropped when too many wait already. */
  write({ output, group, stream, message, timeMs: timestamp }: Delivery): void {
    const { retentionDays, groupTags: tags } = output
    const newGroup = output.createsGroup ? { retentionDays, tags } : undefined
    const target = { group, stream, newGroup, output }
    this.#records.write(`${output.name} ${group} ${stream}`, target, { timestamp, message })
  }

  /** Sends what waits. Never rejects: what AWS refuses is lost, and told in the router's own lines. */
  async flush(): Promise<void> {
    await this.#records.flush()
    await this.#own.flush()
  }

  #say(level: 'info' | 'error', { output }: Pick<OutputTarget, 'output'>, text: string): void {
    const { processLogs, clock } = this.#options
    if (!processLogs) return
    const timestamp = clock.now()
    const time = new Date(timestamp).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')
    const plugin = output.name.replace(/\.\d+$/, '')
    const message = `[${time}] [${level.padStart(5)}] [output:${plugin}:${output.name}] ${text}`
    this.#own.write('own', { ...processLogs, newGroup: {} }, { timestamp, message })
  }
}

function named(what: 'log stream' | 'log group', { group, stream }: LogTarget): string {
  return what === 'log group' ? `log group ${group}` : `log stream ${stream} in log group ${group}`
}
