// Owns the records of CloudWatch Logs, and finding them or refusing in the service's words.
import { parseArn } from '../../../base/arn.ts'
import { AwsError } from '../../../base/errors.ts'
import type { EventStore } from '../../../store/event-store.ts'
import { Table } from '../../../store/table.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

const DAY_MS = 86_400_000

export interface LogGroupRecord {
  readonly name: string
  readonly createdAtMs: number
  readonly retentionInDays?: number
  readonly tags: Readonly<Record<string, string>>
}

export interface LogStreamRecord {
  /** What its events are kept under; another one for every stream that ever was, whatever its name. */
  readonly id: string
  readonly group: string
  readonly name: string
  readonly createdAtMs: number
}

/** A query as it was asked; its answer is found again when somebody wants it. */
export interface QueryRecord {
  readonly id: string
  readonly groups: readonly string[]
  readonly query: string
  readonly fromMs: number
  readonly toMs: number
  readonly limit?: number
  readonly createdAtMs: number
}

/** Everything CloudWatch Logs knows. */
export class LogsState {
  readonly deps: ServiceDeps
  readonly groups: Table<LogGroupRecord>
  /** Keyed by `streamKey`. */
  readonly streams: Table<LogStreamRecord>
  readonly queries: Table<QueryRecord>
  /** By the ids of streams. Those of an id that no stream has are nobody's, and go at the next sweep. */
  readonly events: EventStore

  constructor(deps: ServiceDeps, events: EventStore) {
    this.deps = deps
    this.groups = new Table(deps.store, 'aws/logs/groups')
    this.streams = new Table(deps.store, 'aws/logs/streams')
    this.queries = new Table(deps.store, 'aws/logs/queries')
    this.events = events
  }

  /** `arn:aws:logs:REGION:ACCOUNT:log-group:NAME` */
  arn(group: string): string {
    return `arn:aws:logs:${this.deps.region}:${this.deps.accountId}:log-group:${group}`
  }

  hasGroup(name: string): boolean {
    return this.groups.has(keyOf(name))
  }

  /** The group of a name. @throws AwsError ResourceNotFoundException */
  group(name: string | undefined): LogGroupRecord {
    const group = this.groups.get(keyOf(name ?? ''))
    if (!group) throw notFound('The specified log group does not exist.')
    return group
  }

  /**
   * The group that a request names by its name, or by a name or an ARN.
   * @throws AwsError ResourceNotFoundException, InvalidParameterException
   */
  groupOf(input: {
    readonly logGroupName?: string | undefined
    readonly logGroupIdentifier?: string | undefined
  }): LogGroupRecord {
    const { logGroupName: name, logGroupIdentifier: identifier } = input
    if (name !== undefined && identifier !== undefined) {
      // API_GetLogEvents has the rule; no source was found for the service's words.
      throw invalidParameter('Either logGroupIdentifier or logGroupName may be given, but not both.')
    }
    return this.group(name ?? nameOf(identifier ?? ''))
  }

  /** @throws AwsError ResourceNotFoundException */
  stream(group: string, name: string | undefined): LogStreamRecord {
    const stream = this.streams.get(streamKey(group, name ?? ''))
    if (!stream) throw notFound('The specified log stream does not exist.')
    return stream
  }

  /** The streams of a group, by name. */
  streamsOf(group: string): LogStreamRecord[] {
    return this.streams.list(`${keyOf(group)}/`)
  }

  /** Events before this, in epoch milliseconds, are past the group's retention; 0 when nothing ever is. */
  expiryOf(group: LogGroupRecord): number {
    const { retentionInDays: days } = group
    return days === undefined ? 0 : this.deps.clock.now() - days * DAY_MS
  }
}

/** The name in the ARN of a log group, with or without `:*`; undefined for anything else. */
export function nameOfArn(text: string | undefined): string | undefined {
  const arn = parseArn(text ?? '')
  return arn?.service === 'logs' ? /^log-group:([^:]+)(?::\*)?$/.exec(arn.resource)?.[1] : undefined
}

/** The name that an identifier stands for: an ARN's, or itself. */
export function nameOf(identifier: string): string {
  return nameOfArn(identifier) ?? identifier
}

/** A name as one part of a key. */
export function keyOf(name: string): string {
  return encodeURIComponent(name)
}

/** The key of a stream. */
export function streamKey(group: string, stream: string): string {
  return `${keyOf(group)}/${keyOf(stream)}`
}

export function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message)
}

export function alreadyExists(message: string): AwsError {
  return new AwsError('ResourceAlreadyExistsException', message)
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}
