// Owns running a Logs Insights query over the events of log groups.
import type { ResultField } from '@aws-sdk/client-cloudwatch-logs'

import { isObject } from '../../../../base/json.ts'
import type { StoredEvent } from '../../../../store/event-store.ts'
import type { LogGroupRecord, LogsState } from '../state.ts'
import { commandsOf, type Flow, MAX_ROWS } from './commands.ts'
import { textOf, type Row, type Value } from './evaluate.ts'

/** Fields of an event beyond this are not found ("a maximum of 200 log event fields from a JSON log"). */
const MAX_FIELDS = 200
/** So many events are read before others get their turn. */
const EVENTS_A_TURN = 2_000
const POINTER = '@ptr'
const DEFAULT_COLUMNS = ['@timestamp', '@message']

export interface QueryRequest {
  readonly groups: readonly string[]
  readonly query: string
  /** Epoch milliseconds, both inclusive. */
  readonly fromMs: number
  readonly toMs: number
  readonly limit?: number | undefined
}

export interface QueryAnswer {
  readonly results: ResultField[][]
  readonly statistics: {
    readonly recordsMatched: number
    readonly recordsScanned: number
    readonly bytesScanned: number
  }
}

/** @throws AwsError MalformedQueryException */
export async function runQuery(logs: LogsState, request: QueryRequest): Promise<QueryAnswer> {
  const commands = commandsOf(request.query)
  const read = await readRows(logs, request)
  // "By default, results are sorted by @timestamp in descending order."
  let flow: Flow = { rows: read.rows, columns: undefined, isGrouped: false, matched: read.rows.length }
  for (const command of commands) flow = command(flow)
  const rows = flow.rows.slice(0, request.limit ?? MAX_ROWS)
  const columns = flow.columns ?? DEFAULT_COLUMNS
  return {
    results: rows.map((row) => show(row, flow.isGrouped ? columns : [...columns, POINTER])),
    statistics: {
      recordsMatched: flow.matched,
      recordsScanned: read.rows.length,
      bytesScanned: read.bytes,
    },
  }
}

function show(row: Row, columns: readonly string[]): ResultField[] {
  return columns.flatMap((field) => {
    const value = row.get(field)
    return value === undefined ? [] : [{ field, value: textOf(value) }]
  })
}

async function readRows(
  logs: LogsState,
  { groups, fromMs, toMs }: QueryRequest,
): Promise<{ rows: Row[]; bytes: number }> {
  const rows: Row[] = []
  let bytes = 0
  for (const name of groups) {
    const group = logs.group(name)
    const streams = new Map(logs.streamsOf(group.name).map((stream) => [stream.id, stream.name]))
    const query = {
      streams: [...streams.keys()],
      fromMs: Math.max(fromMs, logs.expiryOf(group)),
      toMs: toMs + 1,
      backwards: true,
    }
    let last: StoredEvent | undefined
    do {
      // A cursor is not kept open across turns: others write meanwhile.
      const chunk = [...take(logs.events.read({ ...query, ...(last ? { after: last } : {}) }), EVENTS_A_TURN)]
      for (const event of chunk) {
        bytes += Buffer.byteLength(event.message)
        rows.push(rowOf(logs, { event, group, stream: streams.get(event.stream) ?? '' }))
      }
      last = chunk.length === EVENTS_A_TURN ? chunk.at(-1) : undefined
      if (last) await new Promise((resolve) => setImmediate(resolve))
    } while (last)
  }
  return { rows: groups.length > 1 ? rows.toSorted(newestFirst) : rows, bytes }
}

function newestFirst(a: Row, b: Row): number {
  return Number(b.get('@timestamp')) - Number(a.get('@timestamp'))
}

function* take<T>(items: Iterable<T>, count: number): Iterable<T> {
  let left = count
  for (const item of items) {
    yield item
    left -= 1
    if (left === 0) return
  }
}

function rowOf(
  { deps }: LogsState,
  { event, group, stream }: { event: StoredEvent; group: LogGroupRecord; stream: string },
): Row {
  const { message, timestampMs, ingestedAtMs, id } = event
  const row: Row = new Map<string, Value>([
    ['@timestamp', new Date(timestampMs)],
    ['@message', message],
    ['@logStream', stream],
    ['@log', `${deps.accountId}:${group.name}`],
    ['@ingestionTime', new Date(ingestedAtMs)],
    [POINTER, Buffer.from(`${event.stream}/${timestampMs}/${id}`).toString('base64')],
  ])
  if (message.startsWith('{')) discover(row, parsed(message), '')
  return row
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}

/** `requestObject.spec.replicas`, `items.0.name`: what "Supported logs and discovered fields" says of JSON. */
function discover(row: Row, value: unknown, path: string): void {
  if (row.size > MAX_FIELDS) return
  if (isObject(value) || Array.isArray(value)) {
    for (const [key, member] of Object.entries(value)) {
      discover(row, member, path === '' ? key : `${path}.${key}`)
    }
    return
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    row.set(path, value)
}
