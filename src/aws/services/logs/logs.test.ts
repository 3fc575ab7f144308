import type {
  DescribeLogGroupsResponse,
  DescribeLogStreamsResponse,
  FilterLogEventsResponse,
  GetLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import { describe, expect, test } from 'vitest'

import { FakeClock } from '../../../base/testing/fake-clock.ts'
import type { EventStore } from '../../../store/event-store.ts'
import { openEvents } from '../../../store/sqlite-events.ts'
import { createMemoryStore } from '../../../store/memory-store.ts'
import { stoppingStore } from '../../../store/testing/stopping-store.ts'
import { createTestRegion, type TestRegion } from '../../testing/test-region.ts'
import { patternOf } from './pattern.ts'

const NAMES = { logGroupName: '/aws/eks/c/cluster', logStreamName: 'kube-apiserver-1' }
const ARN = `arn:aws:logs:ap-southeast-1:111122223333:log-group:${NAMES.logGroupName}`
const NOW = Date.parse('2026-06-01T00:00:00Z')
const DAY = 86_400_000

type Call = <T = unknown>(operation: string, input: object) => Promise<T>

async function logs(
  options: Parameters<typeof createTestRegion>[0] = {},
): Promise<TestRegion & { call: Call; clock: FakeClock }> {
  const clock = new FakeClock(NOW)
  const region = await createTestRegion({ clock, ...options })
  const call: Call = (operation, input) => region.endpoint.caller.call('logs', operation, input)
  await call('CreateLogGroup', { logGroupName: NAMES.logGroupName })
  await call('CreateLogStream', NAMES)
  return { ...region, call, clock }
}

/** So many events, a millisecond apart, the first `from` milliseconds after now. */
function events(from: number, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    timestamp: NOW + from + index,
    message: `line ${from + index}`,
  }))
}

function lines({ events: found }: { events?: { message?: string | undefined }[] | undefined }) {
  return found?.map(({ message }) => Number(message?.replace('line ', '')))
}

test('events are read in pages, forwards and backwards', async () => {
  const { call } = await logs()
  await call('PutLogEvents', { ...NAMES, logEvents: events(1, 5) })
  await call('PutLogEvents', { ...NAMES, logEvents: events(6, 5) })
  const read = (input: object) => call<GetLogEventsResponse>('GetLogEvents', { ...NAMES, limit: 4, ...input })
  const tail = await read({})
  expect(lines(tail)).toEqual([7, 8, 9, 10])
  expect(lines(await read({ nextToken: tail.nextBackwardToken }))).toEqual([3, 4, 5, 6])
  const head = await read({ startFromHead: true })
  expect(lines(head)).toEqual([1, 2, 3, 4])
  expect(lines(await read({ nextToken: head.nextForwardToken }))).toEqual([5, 6, 7, 8])
  const end = await read({ nextToken: tail.nextForwardToken })
  expect([lines(end), end.nextForwardToken]).toEqual([[], tail.nextForwardToken])
  await call('PutLogEvents', { ...NAMES, logEvents: events(11, 1) })
  expect(lines(await read({ nextToken: end.nextForwardToken }))).toEqual([11])
})

test('an answer holds a megabyte at most', async () => {
  const { call } = await logs()
  const message = 'x'.repeat(300_000)
  for (let count = 0; count < 2; count += 1) {
    const logEvents = [1, 2, 3].map((index) => ({ timestamp: NOW + 3 * count + index, message }))
    await call('PutLogEvents', { ...NAMES, logEvents })
  }
  const first = await call<GetLogEventsResponse>('GetLogEvents', { ...NAMES, startFromHead: true })
  expect(first.events).toHaveLength(3)
  const rest = { ...NAMES, nextToken: first.nextForwardToken }
  expect((await call<GetLogEventsResponse>('GetLogEvents', rest)).events).toHaveLength(3)
})

test('events are filtered by time, stream and pattern, in pages', async () => {
  const { call } = await logs()
  const { logGroupName } = NAMES
  const other = { logGroupName, logStreamName: 'other' }
  await call('CreateLogStream', other)
  await call('PutLogEvents', { ...NAMES, logEvents: events(1, 20) })
  await call('PutLogEvents', { ...other, logEvents: events(12, 1) })
  const filter = (input: object) =>
    call<FilterLogEventsResponse>('FilterLogEvents', {
      logGroupIdentifier: ARN,
      startTime: NOW + 5,
      endTime: NOW + 15,
      filterPattern: '"line 1"',
      ...input,
    })
  expect(lines(await filter({}))).toEqual([10, 11, 12, 12, 13, 14])
  expect(lines(await filter({ logStreamNames: ['other'] }))).toEqual([12])
  expect(lines(await filter({ logStreamNamePrefix: 'kube-' }))).toEqual([10, 11, 12, 13, 14])
  const page = await filter({ limit: 4 })
  expect([lines(page), lines(await filter({ limit: 4, nextToken: page.nextToken }))]).toEqual([
    [10, 11, 12, 12],
    [13, 14],
  ])
  expect(page.events?.map(({ logStreamName }) => logStreamName)).toContain('other')
})

test('streams say what they hold', async () => {
  const { call } = await logs()
  await call('CreateLogStream', { ...NAMES, logStreamName: 'empty' })
  await call('PutLogEvents', { ...NAMES, logEvents: events(1, 5) })
  const describe = (input: object) =>
    call<DescribeLogStreamsResponse>('DescribeLogStreams', { logGroupName: NAMES.logGroupName, ...input })
  const { logStreams } = await describe({ orderBy: 'LastEventTime', descending: true })
  expect(logStreams).toMatchObject([
    {
      logStreamName: NAMES.logStreamName,
      firstEventTimestamp: NOW + 1,
      lastEventTimestamp: NOW + 5,
      lastIngestionTime: NOW,
    },
    { logStreamName: 'empty' },
  ])
  expect(logStreams?.[1]?.lastEventTimestamp).toBeUndefined()
  // API_LogGroup, storedBytes: the messages and 26 bytes an event.
  expect(await call('DescribeLogGroups', {})).toMatchObject({ logGroups: [{ storedBytes: 5 * (6 + 26) }] })
})

// API_RejectedLogEventsInfo: the first index is inclusive, the last ones are exclusive.
test('events that are too old, too new or expired are left out and named', async () => {
  const { call } = await logs()
  await call('PutRetentionPolicy', { logGroupName: NAMES.logGroupName, retentionInDays: 7 })
  const put = (...offsets: number[]) =>
    call('PutLogEvents', {
      ...NAMES,
      logEvents: offsets.map((offset) => ({ timestamp: NOW + offset, message: `line ${offset}` })),
    })
  expect(await put(-14 * DAY - 2, -14 * DAY - 1, -14 * DAY)).toMatchObject({
    rejectedLogEventsInfo: { tooOldLogEventEndIndex: 2, expiredLogEventEndIndex: 3 },
  })
  expect(await put(-7 * DAY - 1, -7 * DAY)).toMatchObject({
    rejectedLogEventsInfo: { expiredLogEventEndIndex: 1 },
  })
  expect(await put(0, DAY / 12, DAY / 12 + 1)).toMatchObject({
    rejectedLogEventsInfo: { tooNewLogEventStartIndex: 2 },
  })
  expect(await put(1)).not.toHaveProperty('rejectedLogEventsInfo')
  const all = await call<GetLogEventsResponse>('GetLogEvents', { ...NAMES, startFromHead: true })
  expect(lines(all)).toEqual([-7 * DAY, 0, 1, DAY / 12])
})

test('retention hides events at once and forgets them in time', async () => {
  const store = await openEvents(':memory:')
  const region = await logs({ events: store })
  const { call, clock } = region
  region.runControllers()
  await call('PutLogEvents', { ...NAMES, logEvents: events(0, 3) })
  await call('PutRetentionPolicy', { logGroupName: NAMES.logGroupName, retentionInDays: 1 })
  const read = async () => lines(await call<GetLogEventsResponse>('GetLogEvents', NAMES))
  expect(await read()).toEqual([0, 1, 2])
  await clock.advance(DAY + 1)
  expect(await read()).toEqual([1, 2])
  await clock.advance(DAY)
  expect(await read()).toEqual([])
  await expect.poll(() => store.streams()).toEqual([])
})

test('everything goes with the group, and a new one of that name is empty', async () => {
  const store = await openEvents(':memory:')
  const { call } = await logs({ events: store })
  await call('PutLogEvents', { ...NAMES, logEvents: events(0, 3) })
  await call('DeleteLogGroup', { logGroupName: NAMES.logGroupName })
  expect(store.streams()).toEqual([])
  await call('CreateLogGroup', { logGroupName: NAMES.logGroupName })
  expect(await call('DescribeLogStreams', { logGroupName: NAMES.logGroupName })).toMatchObject({
    logStreams: [],
  })
})

test('a kill between the group and its events leaves nothing that can be seen, or stays', async () => {
  const [store, kept] = [createMemoryStore(), await openEvents(':memory:')]
  const killed: EventStore = {
    append: (...given) => kept.append(...given),
    read: (query) => kept.read(query),
    extentOf: (stream) => kept.extentOf(stream),
    streams: () => kept.streams(),
    drop: () => Promise.reject(new Error('killed')),
    close: () => kept.close(),
  }
  const first = await logs({ store, events: killed })
  await first.call('PutLogEvents', { ...NAMES, logEvents: events(0, 3) })
  await expect(first.call('DeleteLogGroup', { logGroupName: NAMES.logGroupName })).rejects.toThrow('killed')
  const second = await logs({ store, events: kept })
  expect(lines(await second.call<GetLogEventsResponse>('GetLogEvents', NAMES))).toEqual([])
  expect(kept.streams()).toHaveLength(1)
  second.runControllers()
  await second.clock.advance(1)
  await expect.poll(() => kept.streams()).toEqual([])
})

test('a group goes with its streams in one commit', async () => {
  const store = stoppingStore(createMemoryStore())
  const { call } = await logs({ store })
  for (const logStreamName of ['a', 'b', 'c']) await call('CreateLogStream', { ...NAMES, logStreamName })
  store.stopAfter(1)
  await call('DeleteLogGroup', { logGroupName: NAMES.logGroupName })
  expect(await call('DescribeLogGroups', {})).toMatchObject({ logGroups: [] })
})

test('retention and tags are kept', async () => {
  const { call } = await logs()
  const { logGroupName } = NAMES
  await call('PutRetentionPolicy', { logGroupName, retentionInDays: 30 })
  expect(await call('DescribeLogGroups', { logGroupNamePrefix: '/aws/eks' })).toMatchObject({
    logGroups: [{ logGroupName, retentionInDays: 30, arn: `${ARN}:*` }],
  })
  await call('TagResource', { resourceArn: ARN, tags: { a: 'b', c: 'd' } })
  await call('UntagResource', { resourceArn: ARN, tagKeys: ['c'] })
  expect(await call('ListTagsForResource', { resourceArn: ARN })).toEqual({ tags: { a: 'b' } })
  await call('DeleteRetentionPolicy', { logGroupName })
  const { logGroups } = await call<DescribeLogGroupsResponse>('DescribeLogGroups', {})
  expect(logGroups?.[0]?.retentionInDays).toBeUndefined()
})

test.each<[string, object, string]>([
  ['CreateLogGroup', { logGroupName: NAMES.logGroupName }, 'ResourceAlreadyExistsException'],
  ['CreateLogGroup', { logGroupName: 'a b' }, 'InvalidParameterException'],
  ['CreateLogGroup', { logGroupName: 'x', kmsKeyId: 'k' }, 'InvalidParameterException'],
  ['CreateLogStream', NAMES, 'ResourceAlreadyExistsException'],
  ['CreateLogStream', { ...NAMES, logStreamName: 'a:b' }, 'InvalidParameterException'],
  ['DescribeLogStreams', { logGroupName: 'none' }, 'ResourceNotFoundException'],
  ['DeleteLogStream', { ...NAMES, logStreamName: 'none' }, 'ResourceNotFoundException'],
  [
    'PutRetentionPolicy',
    { logGroupName: NAMES.logGroupName, retentionInDays: 2 },
    'InvalidParameterException',
  ],
  ['PutRetentionPolicy', { logGroupName: 'none', retentionInDays: 1 }, 'ResourceNotFoundException'],
  ['GetLogEvents', { ...NAMES, logStreamName: 'none' }, 'ResourceNotFoundException'],
  ['GetLogEvents', { ...NAMES, nextToken: 'x' }, 'InvalidParameterException'],
  ['PutLogEvents', { ...NAMES, logEvents: [...events(9, 1), ...events(1, 1)] }, 'InvalidParameterException'],
  [
    'PutLogEvents',
    { ...NAMES, logEvents: [...events(-DAY - 1, 1), ...events(0, 1)] },
    'InvalidParameterException',
  ],
  [
    'PutLogEvents',
    { ...NAMES, logEvents: [{ timestamp: NOW, message: 'x'.repeat(1_048_551) }] },
    'InvalidParameterException',
  ],
  ['DescribeLogGroups', { logGroupNamePrefix: 'a', logGroupNamePattern: 'b' }, 'InvalidParameterException'],
  ['TagResource', { resourceArn: 'arn:aws:s3:::b', tags: {} }, 'InvalidParameterException'],
])('%s %# is refused', async (operation, input, code) => {
  const { call } = await logs()
  await expect(call(operation, input)).rejects.toMatchObject({ code })
})

describe('filter patterns', () => {
  test.each([
    ['', 'anything', true],
    ['ERROR Exception', 'ERROR in Exception', true],
    ['ERROR Exception', 'ERROR', false],
    ['?ERROR ?WARN', 'WARN', true],
    ['?ERROR ?WARN', 'INFO', false],
    ['ERROR -Exiting', 'ERROR Exiting', false],
    ['"disk full"', 'the disk full', true],
    ['"disk full"', 'full disk', false],
  ])('%s on %s', (pattern, message, expected) => {
    expect(patternOf(pattern)(message)).toBe(expected)
  })

  test.each(['[a, b]', '%x%'])('%s is refused', (pattern) => {
    expect(() => patternOf(pattern)).toThrow(/not emulated/)
  })
})

describe('a log group', () => {
  const ARN = 'arn:aws:logs:ap-southeast-1:111122223333:log-group:/aws/eks/c/cluster'

  test.each([ARN, NAMES.logGroupName])('is found by the identifier %s', async (logGroupIdentifier) => {
    const { call } = await logs()
    await call('PutLogEvents', { ...NAMES, logEvents: events(1, 1) })
    expect(await call('DescribeLogStreams', { logGroupIdentifier })).toMatchObject({
      logStreams: [{ logStreamName: NAMES.logStreamName }],
    })
    const { logStreamName } = NAMES
    const found = { events: [{ message: 'line 1' }] }
    expect(await call('FilterLogEvents', { logGroupIdentifier })).toMatchObject(found)
    expect(await call('GetLogEvents', { logGroupIdentifier, logStreamName })).toMatchObject(found)
    expect(await call('DescribeLogGroups', { logGroupIdentifiers: [logGroupIdentifier] })).toMatchObject({
      logGroups: [{ logGroupName: NAMES.logGroupName }],
    })
  })

  test('is not found by two identifiers at once, nor in another class', async () => {
    const { call } = await logs()
    await expect(call('GetLogEvents', { ...NAMES, logGroupIdentifier: ARN })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    })
    expect(await call('DescribeLogGroups', { logGroupClass: 'INFREQUENT_ACCESS' })).toMatchObject({
      logGroups: [],
    })
  })

  test.each([
    [{ kmsKeyId: 'arn:aws:kms:ap-southeast-1:111122223333:key/1' }, 'kmsKeyId'],
    [{ logGroupClass: 'INFREQUENT_ACCESS' }, 'logGroupClass INFREQUENT_ACCESS'],
    [{ deletionProtectionEnabled: true }, 'deletionProtectionEnabled'],
  ])('is not made with %j', async (members, named) => {
    const { call } = await logs()
    await expect(call('CreateLogGroup', { logGroupName: 'other', ...members })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: `CreateLogGroup with ${named} is not emulated by Neargate.`,
    })
  })
})
