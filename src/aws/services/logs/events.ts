// Owns log events: writing, reading a stream, searching a group.
import type {
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetLogEventsRequest,
  GetLogEventsResponse,
  InputLogEvent,
  PutLogEventsRequest,
  PutLogEventsResponse,
  RejectedLogEventsInfo,
} from '@aws-sdk/client-cloudwatch-logs'

import type { EventPlace, NewEvent, StoredEvent } from '../../../store/event-store.ts'
import { operation } from '../../protocol/operation.ts'
import { patternOf } from './pattern.ts'
import { invalidParameter, type LogsState } from './state.ts'

// API_PutLogEvents, "The batch of events must satisfy the following constraints".
const HOUR_MS = 3_600_000
const MAX_FUTURE_MS = 2 * HOUR_MS
const MAX_AGE_MS = 14 * 24 * HOUR_MS
const MAX_SPAN_MS = 24 * HOUR_MS
const MAX_BATCH_BYTES = 1_048_576
const BYTES_AN_EVENT = 26
/** "… as many log events as can fit in a response size of 1MB (up to 10,000 log events)." */
const MAX_EVENTS = 10_000
const MAX_ANSWER_BYTES = 1_048_576

/**
 * Events that are too old, too new or expired are left out and named in the answer, as AWS does.
 * @throws AwsError ResourceNotFoundException, InvalidParameterException
 */
export const putLogEvents = operation<LogsState, PutLogEventsRequest, PutLogEventsResponse>()({
  honours: ['logGroupName', 'logStreamName', 'logEvents[].timestamp', 'logEvents[].message'],
  // "The sequenceToken parameter is now ignored." An entity is what the service's own console shows events by.
  keeps: ['sequenceToken', 'entity.keyAttributes', 'entity.attributes'],
  handle: async (input, logs) => {
    const group = logs.group(input.logGroupName)
    const { id } = logs.stream(group.name, input.logStreamName)
    const events = readEvents(input.logEvents)
    const now = logs.deps.clock.now()
    const { accepted, rejectedLogEventsInfo } = sortOut(events, { now, expiryMs: logs.expiryOf(group) })
    await logs.events.append(id, accepted, now)
    return {
      // "… always a valid value, but it is ignored."
      nextSequenceToken: String(now),
      ...(rejectedLogEventsInfo ? { rejectedLogEventsInfo } : {}),
    }
  },
})

function readEvents(given: readonly Partial<InputLogEvent>[] | undefined): NewEvent[] {
  const events = (given ?? []).map(({ timestamp = 0, message = '' }) => ({ timestampMs: timestamp, message }))
  if (events.some((event, index) => event.timestampMs < (events[index - 1]?.timestampMs ?? 0))) {
    throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.')
  }
  const [first, last] = [events[0], events.at(-1)]
  if (first && last && last.timestampMs - first.timestampMs > MAX_SPAN_MS) {
    throw invalidParameter(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    )
  }
  const bytes = events.reduce((sum, { message }) => sum + sizeOf(message), 0)
  if (bytes > MAX_BATCH_BYTES) {
    throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${MAX_BATCH_BYTES}`)
  }
  return events
}

function sizeOf(message: string): number {
  return Buffer.byteLength(message) + BYTES_AN_EVENT
}

// API_RejectedLogEventsInfo: the start index is inclusive, the end indexes are exclusive.
function sortOut(
  events: readonly NewEvent[],
  { now, expiryMs }: { now: number; expiryMs: number },
): { accepted: readonly NewEvent[]; rejectedLogEventsInfo?: RejectedLogEventsInfo } {
  const before = (limitMs: number): number => events.filter(({ timestampMs }) => timestampMs < limitMs).length
  const tooOld = before(now - MAX_AGE_MS)
  const expired = before(expiryMs)
  const tooNewFrom = before(now + MAX_FUTURE_MS + 1)
  const accepted = events.slice(Math.max(tooOld, expired), tooNewFrom)
  if (accepted.length === events.length) return { accepted }
  return {
    accepted,
    rejectedLogEventsInfo: {
      ...(tooNewFrom < events.length ? { tooNewLogEventStartIndex: tooNewFrom } : {}),
      ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
      ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
    },
  }
}

/** As many events as fit into an answer. */
function take(
  events: Iterable<StoredEvent>,
  limit: number,
  isWanted: (event: StoredEvent) => boolean = () => true,
): { taken: StoredEvent[]; isAll: boolean } {
  const taken: StoredEvent[] = []
  let bytes = 0
  for (const event of events) {
    if (!isWanted(event)) continue
    bytes += sizeOf(event.message)
    if (taken.length >= limit || (taken.length > 0 && bytes > MAX_ANSWER_BYTES))
      return { taken, isAll: false }
    taken.push(event)
  }
  return { taken, isAll: true }
}

/** `f/TIME/ID` goes on forwards after an event, `b/TIME/ID` backwards before it. */
function writeToken(direction: 'f' | 'b', { timestampMs, id }: EventPlace): string {
  return `${direction}/${timestampMs}/${id}`
}

function readToken(token: string): { isForward: boolean; place: EventPlace } {
  const match = /^([fb])\/(\d{1,15})\/(\d{1,15})$/.exec(token)
  if (!match) throw invalidParameter('The specified nextToken is invalid.')
  return { isForward: match[1] === 'f', place: { timestampMs: Number(match[2]), id: Number(match[3]) } }
}

/** A page of a stream, its newest events by default. @throws AwsError ResourceNotFoundException, InvalidParameterException */
export const getLogEvents = operation<LogsState, GetLogEventsRequest, GetLogEventsResponse>()({
  honours: [
    'logGroupName',
    'logGroupIdentifier',
    'logStreamName',
    'startTime',
    'endTime',
    'nextToken',
    'limit',
    'startFromHead',
  ],
  // Nothing is masked.
  keeps: ['unmask'],
  handle: (input, logs) => {
    const group = logs.groupOf(input)
    const { id } = logs.stream(group.name, input.logStreamName)
    const token = input.nextToken === undefined ? undefined : readToken(input.nextToken)
    const isForward = token?.isForward ?? input.startFromHead ?? false
    const fromMs = Math.max(input.startTime ?? 0, logs.expiryOf(group))
    const { taken } = take(
      logs.events.read({
        streams: [id],
        fromMs,
        ...(input.endTime === undefined ? {} : { toMs: input.endTime }),
        ...(token ? { after: token.place } : {}),
        backwards: !isForward,
      }),
      Math.min(input.limit ?? MAX_EVENTS, MAX_EVENTS),
    )
    const events = isForward ? taken : taken.toReversed()
    // At either end the token stays what it was, which is how clients see that there is no more.
    const place = token?.place ?? { timestampMs: fromMs, id: 0 }
    return {
      events: events.map(({ timestampMs, message, ingestedAtMs }) => ({
        timestamp: timestampMs,
        message,
        ingestionTime: ingestedAtMs,
      })),
      nextForwardToken: writeToken('f', events.at(-1) ?? place),
      nextBackwardToken: writeToken('b', events[0] ?? place),
    }
  },
})

/** Events of a group's streams in order of time. @throws AwsError ResourceNotFoundException, InvalidParameterException */
export const filterLogEvents = operation<LogsState, FilterLogEventsRequest, FilterLogEventsResponse>()({
  honours: [
    'logGroupName',
    'logGroupIdentifier',
    'logStreamNames',
    'logStreamNamePrefix',
    'startTime',
    'endTime',
    'filterPattern',
    'nextToken',
    'limit',
  ],
  // Answers are always interleaved ("this parameter is ignored"), and nothing is masked.
  keeps: ['interleaved', 'unmask'],
  handle: (input, logs) => {
    const group = logs.groupOf(input)
    const matches = patternOf(input.filterPattern ?? '')
    const named = input.logStreamNames?.map((name) => logs.stream(group.name, name))
    const streams = (named ?? logs.streamsOf(group.name)).filter(({ name }) =>
      name.startsWith(input.logStreamNamePrefix ?? ''),
    )
    const names = new Map(streams.map(({ id, name }) => [id, name]))
    const { taken, isAll } = take(
      logs.events.read({
        streams: [...names.keys()],
        fromMs: Math.max(input.startTime ?? 0, logs.expiryOf(group)),
        ...(input.endTime === undefined ? {} : { toMs: input.endTime }),
        ...(input.nextToken === undefined ? {} : { after: readToken(input.nextToken).place }),
      }),
      Math.min(input.limit ?? MAX_EVENTS, MAX_EVENTS),
      ({ message }) => matches(message),
    )
    const last = taken.at(-1)
    return {
      events: taken.map(({ id, stream, timestampMs, message, ingestedAtMs }) => ({
        eventId: String(id).padStart(20, '0'),
        logStreamName: names.get(stream),
        timestamp: timestampMs,
        message,
        ingestionTime: ingestedAtMs,
      })),
      searchedLogStreams: [],
      nextToken: isAll || !last ? undefined : writeToken('f', last),
    }
  },
})
