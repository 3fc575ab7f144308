// Owns the records of CloudWatch Logs and the bound of what a stream keeps.
import { Table } from '../../../store/table.ts'
import { AwsError } from '../../../base/errors.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

/** A stream keeps its newest events up to so many; older ones are forgotten, whatever the retention says. */
export const MAX_EVENTS_PER_STREAM = 5000

export interface LogGroupRecord {
  readonly name: string
  readonly createdAtMs: number
  readonly retentionInDays?: number
  readonly tags: Readonly<Record<string, string>>
}

export interface LogStreamRecord {
  readonly group: string
  readonly name: string
  readonly createdAtMs: number
  readonly firstEventMs?: number
  readonly lastEventMs?: number
  readonly lastIngestionMs?: number
  /** Number of the next batch. */
  readonly next: number
}

export interface LogEvent {
  readonly timestamp: number
  readonly message: string
}

/** What one PutLogEvents brought. */
export interface LogBatch {
  readonly events: readonly LogEvent[]
  readonly ingestedAtMs: number
}

export class LogsState {
  readonly deps: ServiceDeps
  readonly groups: Table<LogGroupRecord>
  /** Keyed by `streamKey`. */
  readonly streams: Table<LogStreamRecord>
  /** Keyed by `streamKey` and the batch's number. */
  readonly batches: Table<LogBatch>

  constructor(deps: ServiceDeps) {
    this.deps = deps
    this.groups = new Table(deps.store, 'aws/logs/groups')
    this.streams = new Table(deps.store, 'aws/logs/streams')
    this.batches = new Table(deps.store, 'aws/logs/batches')
  }

  /** `arn:aws:logs:REGION:ACCOUNT:log-group:NAME` */
  arn(group: string): string {
    return `arn:aws:logs:${this.deps.region}:${this.deps.accountId}:log-group:${group}`
  }

  group(name: string | undefined): LogGroupRecord {
    const group = this.groups.get(keyOf(name ?? ''))
    if (!group) throw notFound('The specified log group does not exist.')
    return group
  }

  /** The group of a logGroupIdentifier ("either the name or the ARN"); of a name that is given instead. */
  identified({
    logGroupName,
    logGroupIdentifier,
  }: {
    readonly logGroupName?: string | undefined
    readonly logGroupIdentifier?: string | undefined
  }): LogGroupRecord {
    if (logGroupIdentifier !== undefined && logGroupName !== undefined) {
      // API_GetLogEvents has the rule; no source was found for the service's words.
      throw invalidParameter('Either logGroupIdentifier or logGroupName may be given, but not both.')
    }
    return this.group(logGroupName ?? nameOf(logGroupIdentifier ?? ''))
  }

  stream(group: string, name: string | undefined): LogStreamRecord {
    const stream = this.streams.get(streamKey(group, name ?? ''))
    if (!stream) throw notFound('The specified log stream does not exist.')
    return stream
  }
}

/** The name in the ARN of a log group, with or without `:*`; what is no such ARN is a name itself. */
export function nameOf(identifier: string): string {
  return /^arn:[^:]+:logs:[^:]*:[^:]*:log-group:([^:]+)(?::\*)?$/.exec(identifier)?.[1] ?? identifier
}

/** The members of a request for a page, for declarations. */
export const PAGES = ['nextToken', 'limit'] as const

/** A name as one part of a key. */
export function keyOf(name: string): string {
  return encodeURIComponent(name)
}

export function streamKey(group: string, stream: string): string {
  return `${keyOf(group)}/${keyOf(stream)}`
}

/** The key of a batch; numbers sort as text. */
export function batchKey(stream: LogStreamRecord, number: number): string {
  return `${streamKey(stream.group, stream.name)}/${String(number).padStart(12, '0')}`
}

export function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message)
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}
