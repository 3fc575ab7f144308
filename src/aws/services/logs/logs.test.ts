import type { FilterLogEventsResponse, GetLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs'
import { describe, expect, test } from 'vitest'

import { createTestRegion, type TestRegion } from '../../testing/test-region.ts'
import { patternOf } from './pattern.ts'
import { MAX_EVENTS_PER_STREAM } from './state.ts'

const NAMES = { logGroupName: '/aws/eks/c/cluster', logStreamName: 'kube-apiserver-1' }

async function logs(): Promise<
  TestRegion & { call: <T = unknown>(operation: string, input: object) => Promise<T> }
> {
  const region = await createTestRegion()
  const call = <T>(operation: string, input: object): Promise<T> =>
    region.endpoint.caller.call('logs', operation, input)
  await call('CreateLogGroup', { logGroupName: NAMES.logGroupName })
  await call('CreateLogStream', NAMES)
  return { ...region, call }
}

function events(from: number, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    timestamp: from + index,
    message: `line ${from + index}`,
  }))
}

test('events are read in pages, forwards and backwards', async () => {
  const { call } = await logs()
  await call('PutLogEvents', { ...NAMES, logEvents: events(1, 5) })
  await call('PutLogEvents', { ...NAMES, logEvents: events(6, 5) })
  const read = (input: object) => call<GetLogEventsResponse>('GetLogEvents', { ...NAMES, limit: 4, ...input })
  const times = ({ events: found }: GetLogEventsResponse) => found?.map(({ timestamp }) => timestamp)
  const tail = await read({})
  expect(times(tail)).toEqual([7, 8, 9, 10])
  expect(times(await read({ nextToken: tail.nextBackwardToken }))).toEqual([3, 4, 5, 6])
  const head = await read({ startFromHead: true })
  expect(times(head)).toEqual([1, 2, 3, 4])
  expect(times(await read({ nextToken: head.nextForwardToken }))).toEqual([5, 6, 7, 8])
  const end = await read({ nextToken: tail.nextForwardToken })
  expect([times(end), end.nextForwardToken]).toEqual([[], tail.nextForwardToken])
})

test('events are filtered by time, stream and pattern', async () => {
  const { call } = await logs()
  await call('PutLogEvents', { ...NAMES, logEvents: events(1, 20) })
  const found = await call<FilterLogEventsResponse>('FilterLogEvents', {
    logGroupName: NAMES.logGroupName,
    startTime: 5,
    endTime: 15,
    filterPattern: '"line 1"',
  })
  expect(found.events?.map(({ message }) => message)).toEqual([10, 11, 12, 13, 14].map((n) => `line ${n}`))
})

test('a stream keeps its newest events only', async () => {
  const { call } = await logs()
  const batch = MAX_EVENTS_PER_STREAM / 2
  for (const from of [1, batch + 1, 2 * batch + 1]) {
    await call('PutLogEvents', { ...NAMES, logEvents: events(from, batch) })
  }
  const all = await call<GetLogEventsResponse>('GetLogEvents', { ...NAMES, startFromHead: true })
  expect(all.events).toHaveLength(MAX_EVENTS_PER_STREAM)
  expect(all.events?.[0]?.timestamp).toBe(batch + 1)
})

test('retention and tags are kept, and everything goes with the group', async () => {
  const { call } = await logs()
  const { logGroupName } = NAMES
  await call('PutRetentionPolicy', { logGroupName, retentionInDays: 30 })
  expect(await call('DescribeLogGroups', { logGroupNamePrefix: '/aws/eks' })).toMatchObject({
    logGroups: [
      {
        logGroupName,
        retentionInDays: 30,
        arn: `arn:aws:logs:ap-southeast-1:111122223333:log-group:${logGroupName}:*`,
      },
    ],
  })
  await call('TagResource', {
    resourceArn: `arn:aws:logs:ap-southeast-1:111122223333:log-group:${logGroupName}`,
    tags: { a: 'b' },
  })
  expect(
    await call('ListTagsForResource', {
      resourceArn: `arn:aws:logs:ap-southeast-1:111122223333:log-group:${logGroupName}`,
    }),
  ).toEqual({ tags: { a: 'b' } })
  await call('DeleteLogGroup', { logGroupName })
  await call('CreateLogGroup', { logGroupName })
  expect(await call('DescribeLogStreams', { logGroupName })).toMatchObject({ logStreams: [] })
})

test.each([
  ['CreateLogGroup', { logGroupName: NAMES.logGroupName }, 'ResourceAlreadyExistsException'],
  ['CreateLogGroup', { logGroupName: 'a b' }, 'InvalidParameterException'],
  ['CreateLogStream', NAMES, 'ResourceAlreadyExistsException'],
  [
    'PutRetentionPolicy',
    { logGroupName: NAMES.logGroupName, retentionInDays: 2 },
    'InvalidParameterException',
  ],
  ['PutRetentionPolicy', { logGroupName: 'none', retentionInDays: 1 }, 'ResourceNotFoundException'],
  ['GetLogEvents', { ...NAMES, logStreamName: 'none' }, 'ResourceNotFoundException'],
  ['PutLogEvents', { ...NAMES, logEvents: [...events(9, 1), ...events(1, 1)] }, 'InvalidParameterException'],
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

  test.each(['{ $.a = 1 }', '[a, b]', '%x%'])('%s is refused', (pattern) => {
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
