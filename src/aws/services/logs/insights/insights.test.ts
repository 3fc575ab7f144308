import type { GetQueryResultsResponse, StartQueryResponse } from '@aws-sdk/client-cloudwatch-logs'
import { expect, test } from 'vitest'

import { FakeClock } from '../../../../base/testing/fake-clock.ts'
import { createTestRegion } from '../../../testing/test-region.ts'

const GROUP = { logGroupName: '/aws/eks/demo/cluster' }
const AUDIT = [
  { verb: 'get', user: { username: 'ada' }, responseStatus: { code: 200 }, ms: 10 },
  { verb: 'create', user: { username: 'bob' }, responseStatus: { code: 403 }, ms: 40 },
  { verb: 'get', user: { username: 'ada' }, responseStatus: { code: 404 }, ms: 30 },
  { verb: 'create', user: { username: 'ada' }, responseStatus: { code: 201 }, objectRef: { name: 'web' } },
]

async function place() {
  const clock = new FakeClock()
  const { endpoint } = await createTestRegion({ clock })
  const call = <T = unknown>(operation: string, input: object): Promise<T> =>
    endpoint.caller.call<T>('logs', operation, input)
  await call('CreateLogGroup', GROUP)
  const start = clock.now()
  const write = async (logStreamName: string, messages: readonly string[]): Promise<void> => {
    await call('CreateLogStream', { ...GROUP, logStreamName })
    const logEvents = messages.map((message, index) => ({ timestamp: start + index * 60_000, message }))
    await call('PutLogEvents', { ...GROUP, logStreamName, logEvents })
  }
  await write(
    'kube-apiserver-audit-1',
    AUDIT.map((event) => JSON.stringify(event)),
  )
  await write('scheduler-1', [
    'I1127 scheduled pod="a/web-1" took 12ms',
    'E1127 failed pod="b/db-0" took 250ms',
  ])
  const range = { startTime: Math.floor(start / 1_000) - 1, endTime: Math.floor(start / 1_000) + 3_600 }
  const ask = async (queryString: string, more: object = {}): Promise<GetQueryResultsResponse> => {
    const { queryId } = await call<StartQueryResponse>('StartQuery', {
      ...GROUP,
      ...range,
      queryString,
      ...more,
    })
    return await call<GetQueryResultsResponse>('GetQueryResults', { queryId })
  }
  /** Rows as objects, without pointers. */
  const rows = async (query: string, more: object = {}) =>
    ((await ask(query, more)).results ?? []).map((row) =>
      Object.fromEntries(row.flatMap(({ field = '', value }) => (field === '@ptr' ? [] : [[field, value]]))),
    )
  return { call, ask, rows, start, range }
}

const AUDITS = 'filter @logStream like /^kube-apiserver-audit/'

test.each<[string, object[]]>([
  [
    `${AUDITS} | fields verb, user.username as who | sort @timestamp asc | limit 2`,
    [
      { verb: 'get', who: 'ada' },
      { verb: 'create', who: 'bob' },
    ],
  ],
  [
    `${AUDITS} | filter responseStatus.code >= 400 and verb != "create" | display user.username, responseStatus.code`,
    [{ 'user.username': 'ada', 'responseStatus.code': '404' }],
  ],
  [
    `${AUDITS}
     # who asks for what
     | stats count(*) as n, avg(ms) as mean by verb | sort n desc, verb asc`,
    [
      { verb: 'create', n: '2', mean: '40' },
      { verb: 'get', n: '2', mean: '20' },
    ],
  ],
  [`stats count(*)`, [{ 'count(*)': '6' }]],
  [`${AUDITS} | stats max(ms) - min(ms) as spread, pct(ms, 50) as median`, [{ spread: '30', median: '30' }]],
  [`${AUDITS} | filter ispresent(objectRef.name) | fields objectRef.name`, [{ 'objectRef.name': 'web' }]],
  [
    `${AUDITS} | filter verb in ["create", 'delete'] and not (user.username = "bob") | fields ms, verb`,
    [{ verb: 'create' }],
  ],
  [
    `filter @message like "took" | parse @message 'pod="*/*" took *ms' as namespace, pod, ms | filter ms > 100 | display namespace, pod, ms`,
    [{ namespace: 'b', pod: 'db-0', ms: '250' }],
  ],
  [
    String.raw`parse @message /took (?<span>\d+)ms/ | stats sum(span) as total by @logStream | filter total > 0`,
    [{ '@logStream': 'scheduler-1', total: '262' }],
  ],
  [
    `${AUDITS} | dedup user.username | fields user.username | sort user.username asc`,
    [{ 'user.username': 'ada' }, { 'user.username': 'bob' }],
  ],
  [
    `${AUDITS} | fields toupper(concat(verb, "-", user.username)) as v | filter v =~ /BOB$/ | display v`,
    [{ v: 'CREATE-BOB' }],
  ],
  [
    `${AUDITS} | stats count(*) as n by bin(2m) as at | filter n = 2 | stats count(*) as windows`,
    [{ windows: '2' }],
  ],
])('%s', async (query, expected) => {
  const { rows } = await place()
  expect(await rows(query)).toEqual(expected)
})

test.each([
  ['filter @logStream = "scheduler-1" | limit 1', 2],
  ['filter @logStream = "scheduler-1" | stats count(*) as n | filter n > 5', 2],
  ['stats count(*) by @logStream', 6],
])('events that match are counted before they are cut or grouped: %s', async (query, recordsMatched) => {
  const { ask } = await place()
  expect((await ask(query)).statistics).toMatchObject({ recordsMatched, recordsScanned: 6 })
})

test('without columns an event shows its time and its message, the newest first', async () => {
  const { ask, start } = await place()
  const { results = [], statistics, status } = await ask('filter @logStream = "scheduler-1"')
  expect(status).toBe('Complete')
  expect(statistics).toMatchObject({ recordsMatched: 2, recordsScanned: 6 })
  const at = new Date(start + 60_000).toISOString().replace('T', ' ').slice(0, -1)
  expect(results[0]).toEqual([
    { field: '@timestamp', value: at },
    { field: '@message', value: 'E1127 failed pod="b/db-0" took 250ms' },
    { field: '@ptr', value: expect.any(String) as string },
  ])
})

test('a limit of the request and the range of time hold', async () => {
  const { rows, range } = await place()
  expect(await rows('fields verb', { limit: 3 })).toHaveLength(3)
  expect(await rows('fields verb', { startTime: range.startTime + 120 })).toHaveLength(2)
})

test.each([
  'test',
  'filter',
  'filter verb = ',
  'filter (verb = "a"',
  'fields nothing(verb)',
  'filter @message like /(/',
  'limit 0',
  'pattern @message',
  'fields count(*)',
  'parse @message "no names"',
])('what is no query is refused when it is started or run: %j', async (query) => {
  const { ask } = await place()
  await expect(ask(query)).rejects.toMatchObject({
    code: 'MalformedQueryException',
  })
})

test('queries are listed, and end before anybody can stop them', async () => {
  const { call, ask } = await place()
  await ask('fields @message')
  const { queries } = await call<{ queries: { queryId: string }[] }>('DescribeQueries', GROUP)
  expect(queries).toMatchObject([{ queryString: 'fields @message', status: 'Complete' }])
  await expect(call('StopQuery', { queryId: queries[0]?.queryId })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  })
  await expect(call('GetQueryResults', { queryId: 'none' })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  })
})
