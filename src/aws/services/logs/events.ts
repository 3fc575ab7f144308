// Owns log streams and their events: writing, reading, filtering.
import type {
  CreateLogStreamRequest,
  DeleteLogStreamRequest,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetLogEventsRequest,
  GetLogEventsResponse,
  PutLogEventsRequest,
  PutLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs'

import { operation } from '../../protocol/operation.ts'
import { AwsError } from '../../../base/errors.ts'
import { paginate } from '../../protocol/paging.ts'
import { patternOf } from './pattern.ts'
import {
  batchKey,
  invalidParameter,
  keyOf,
  MAX_EVENTS_PER_STREAM,
  PAGES,
  streamKey,
  type LogEvent,
  type LogStreamRecord,
  type LogsState,
} from './state.ts'

interface StoredEvent extends LogEvent {
  readonly ingestionTime: number
  readonly stream: string
  readonly id: string
}

export const createLogStream = operation<LogsState, CreateLogStreamRequest, void>()({
  honours: ['logGroupName', 'logStreamName'],
  handle: async (input, logs) => {
    const { name: group } = logs.group(input.logGroupName)
    const name = input.logStreamName ?? ''
    const stream: LogStreamRecord = { group, name, createdAtMs: logs.deps.clock.now(), next: 0 }
    if (!(await logs.streams.create(streamKey(group, name), stream))) {
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists')
    }
  },
})

export const deleteLogStream = operation<LogsState, DeleteLogStreamRequest, void>()({
  honours: ['logGroupName', 'logStreamName'],
  handle: async (input, logs) => {
    const { name: group } = logs.group(input.logGroupName)
    const key = streamKey(group, logs.stream(group, input.logStreamName).name)
    for (const { key: batch } of logs.batches.rows(`${key}/`)) await logs.batches.delete(batch)
    await logs.streams.delete(key)
  },
})

export const describeLogStreams = operation<
  LogsState,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse
>()({
  honours: ['logGroupName', 'logGroupIdentifier', 'logStreamNamePrefix', 'orderBy', 'descending', ...PAGES],
  handle: (input, logs) => {
    const { name: group } = logs.identified(input)
    const byTime = input.orderBy === 'LastEventTime'
    if (byTime && input.logStreamNamePrefix !== undefined) {
      throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')
    }
    const found = logs.streams
      .list(`${keyOf(group)}/`)
      .filter(({ name }) => name.startsWith(input.logStreamNamePrefix ?? ''))
      .toSorted((a, b) => (byTime ? (a.lastEventMs ?? 0) - (b.lastEventMs ?? 0) : a.name < b.name ? -1 : 1))
    const { items, token } = paginate(input.descending ? found.toReversed() : found, {
      token: input.nextToken,
      limit: input.limit,
      defaultLimit: 50,
      tokenCode: 'InvalidParameterException',
    })
    return {
      logStreams: items.map((stream) => ({
        logStreamName: stream.name,
        arn: `${logs.arn(group)}:log-stream:${stream.name}`,
        creationTime: stream.createdAtMs,
        firstEventTimestamp: stream.firstEventMs,
        lastEventTimestamp: stream.lastEventMs,
        lastIngestionTime: stream.lastIngestionMs,
        uploadSequenceToken: String(stream.next),
        storedBytes: 0,
      })),
      nextToken: token,
    }
  },
})

export const putLogEvents = operation<LogsState, PutLogEventsRequest, PutLogEventsResponse>()({
  honours: ['logGroupName', 'logStreamName', 'logEvents[].timestamp', 'logEvents[].message'],
  keeps: ['sequenceToken', 'entity.keyAttributes', 'entity.attributes'],
  handle: async (input, logs) => {
    const { name: group } = logs.group(input.logGroupName)
    const { name } = logs.stream(group, input.logStreamName)
    const events = (input.logEvents ?? []).map(({ timestamp = 0, message = '' }) => ({ timestamp, message }))
    if (events.some((event, index) => event.timestamp < (events[index - 1]?.timestamp ?? 0))) {
      throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.')
    }
    const now = logs.deps.clock.now()
    const last = events.at(-1)?.timestamp
    // The number is reserved first: two writers never share a batch.
    const stream = await logs.streams.update(streamKey(group, name), (current) => ({
      ...current,
      next: current.next + 1,
      lastIngestionMs: now,
      ...(last === undefined ? {} : { lastEventMs: Math.max(last, current.lastEventMs ?? 0) }),
      ...(events[0] ? { firstEventMs: Math.min(events[0].timestamp, current.firstEventMs ?? Infinity) } : {}),
    }))
    if (!stream) throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.')
    await logs.batches.put(batchKey(stream, stream.next - 1), { events, ingestedAtMs: now })
    await trim(logs, stream)
    return { nextSequenceToken: String(stream.next) }
  },
})

async function trim(logs: LogsState, stream: LogStreamRecord): Promise<void> {
  const rows = logs.batches.rows(`${streamKey(stream.group, stream.name)}/`).toReversed()
  let kept = 0
  for (const { key, value } of rows) {
    // The newest batch stays whatever its size.
    if (kept > 0 && kept + value.events.length > MAX_EVENTS_PER_STREAM) await logs.batches.delete(key)
    kept += value.events.length
  }
}

function eventsOf(logs: LogsState, stream: LogStreamRecord): StoredEvent[] {
  return logs.batches.rows(`${streamKey(stream.group, stream.name)}/`).flatMap(({ key, value }) =>
    value.events.map((event, index) => ({
      ...event,
      ingestionTime: value.ingestedAtMs,
      stream: stream.name,
      id: `${key.split('/').at(-1)}${String(index).padStart(6, '0')}`,
    })),
  )
}

function inTime(
  { timestamp }: LogEvent,
  { startTime = 0, endTime = Infinity }: { startTime?: number | undefined; endTime?: number | undefined },
): boolean {
  return timestamp >= startTime && timestamp < endTime
}

/** Tokens name a place in the stream: `f/N` goes on forwards, `b/N` backwards. */
export const getLogEvents = operation<LogsState, GetLogEventsRequest, GetLogEventsResponse>()({
  honours: [
    'logGroupName',
    'logGroupIdentifier',
    'logStreamName',
    'startTime',
    'endTime',
    'startFromHead',
    ...PAGES,
  ],
  keeps: ['unmask'],
  handle: (input, logs) => {
    const { name: group } = logs.identified(input)
    const stream = logs.stream(group, input.logStreamName)
    const events = eventsOf(logs, stream)
      .filter((event) => inTime(event, input))
      .toSorted((a, b) => a.timestamp - b.timestamp)
    const limit = input.limit ?? 10_000
    const token = input.nextToken === undefined ? undefined : /^([fb])\/(\d+)$/.exec(input.nextToken)
    if (token === null) throw invalidParameter('The specified nextToken is invalid.')
    const fromHead = token ? token[1] === 'f' : (input.startFromHead ?? false)
    const at = token ? Number(token[2]) : fromHead ? 0 : events.length
    const start = fromHead ? at : Math.max(0, at - limit)
    const end = fromHead ? Math.min(events.length, at + limit) : at
    return {
      events: events.slice(start, end).map(({ timestamp, message, ingestionTime }) => ({
        timestamp,
        message,
        ingestionTime,
      })),
      nextForwardToken: `f/${end}`,
      nextBackwardToken: `b/${start}`,
    }
  },
})

export const filterLogEvents = operation<LogsState, FilterLogEventsRequest, FilterLogEventsResponse>()({
  honours: [
    'logGroupName',
    'logGroupIdentifier',
    'logStreamNames',
    'logStreamNamePrefix',
    'startTime',
    'endTime',
    'filterPattern',
    ...PAGES,
  ],
  keeps: ['interleaved', 'unmask'],
  handle: (input, logs) => {
    const { name: group } = logs.identified(input)
    const matches = patternOf(input.filterPattern ?? '')
    const streams = input.logStreamNames
      ? input.logStreamNames.map((name) => logs.stream(group, name))
      : logs.streams.list(`${keyOf(group)}/`)
    const found = streams
      .filter(({ name }) => name.startsWith(input.logStreamNamePrefix ?? ''))
      .flatMap((stream) => eventsOf(logs, stream))
      .filter((event) => inTime(event, input) && matches(event.message))
      .toSorted((a, b) => a.timestamp - b.timestamp)
    const { items, token } = paginate(found, {
      token: input.nextToken,
      limit: input.limit,
      defaultLimit: 10_000,
      tokenCode: 'InvalidParameterException',
    })
    return {
      events: items.map(({ timestamp, message, ingestionTime, stream, id }) => ({
        eventId: id,
        logStreamName: stream,
        timestamp,
        message,
        ingestionTime,
      })),
      searchedLogStreams: [],
      nextToken: token,
    }
  },
})
