// Owns queries as a client sees them: started, answered, listed.
import type {
  DescribeQueriesRequest,
  DescribeQueriesResponse,
  GetQueryResultsRequest,
  GetQueryResultsResponse,
  StartQueryRequest,
  StartQueryResponse,
  StopQueryRequest,
  StopQueryResponse,
} from '@aws-sdk/client-cloudwatch-logs'

import { operation } from '../../../protocol/operation.ts'
import { paginate } from '../../../protocol/paging.ts'
import { invalidParameter, nameOf, notFound, type LogsState, type QueryRecord } from '../state.ts'
import { commandsOf } from './commands.ts'
import { runQuery } from './run.ts'

/** Queries that are listed, and whose answers may be asked for; AWS keeps those of seven days. */
const KEPT = 100

/**
 * A query is answered when it is asked for; what is wrong with it is said at once.
 * @throws AwsError MalformedQueryException, ResourceNotFoundException, InvalidParameterException
 */
export const startQuery = operation<LogsState, StartQueryRequest, StartQueryResponse>()({
  honours: [
    'logGroupName',
    'logGroupNames',
    'logGroupIdentifiers',
    'startTime',
    'endTime',
    'queryString',
    'limit',
    'queryLanguage',
  ],
  handle: async (input, logs) => {
    const { startTime = 0, endTime = 0, queryString: query = '', queryLanguage = 'CWLI' } = input
    if (queryLanguage !== 'CWLI') {
      throw invalidParameter(`The query language ${queryLanguage} is not emulated by Neargate.`)
    }
    const groups = groupsOf(logs, input)
    if (endTime < startTime) throw invalidParameter('End time should not be less than the start time.')
    commandsOf(query)
    const record: QueryRecord = {
      id: logs.deps.ids.uuid(),
      groups,
      query,
      // "The range is inclusive, so the specified end time is included"; both are in seconds.
      fromMs: startTime * 1_000,
      toMs: endTime * 1_000,
      createdAtMs: logs.deps.clock.now(),
      ...(input.limit === undefined ? {} : { limit: input.limit }),
    }
    await logs.deps.store.transact((tx) => {
      const known = logs.queries.list().toSorted((a, b) => a.createdAtMs - b.createdAtMs)
      for (const { id } of known.slice(0, Math.max(0, known.length + 1 - KEPT))) logs.queries.deleteIn(tx, id)
      logs.queries.putIn(tx, record.id, record)
    })
    return { queryId: record.id }
  },
})

function groupsOf(
  logs: LogsState,
  input: Pick<StartQueryRequest, 'logGroupName' | 'logGroupNames' | 'logGroupIdentifiers'>,
): string[] {
  const named = [
    input.logGroupName === undefined ? undefined : [input.logGroupName],
    input.logGroupNames,
    input.logGroupIdentifiers?.map(nameOf),
  ].filter((names) => names !== undefined)
  const [names = [], ...others] = named
  if (names.length === 0 || others.length > 0) {
    throw invalidParameter(
      'Exactly one of logGroupName, logGroupNames and logGroupIdentifiers has to be given.',
    )
  }
  return names.map((name) => logs.group(name).name)
}

/** @throws AwsError ResourceNotFoundException */
export const getQueryResults = operation<LogsState, GetQueryResultsRequest, GetQueryResultsResponse>()({
  honours: ['queryId'],
  handle: async ({ queryId = '' }, logs) => {
    const record = logs.queries.get(queryId)
    if (!record) throw notFound(`Query ID: ${queryId} does not exist.`)
    const groups = record.groups.filter((name) => logs.hasGroup(name))
    const { results, statistics } = await runQuery(logs, { ...record, groups })
    return { queryLanguage: 'CWLI', status: 'Complete', results, statistics }
  },
})

/** Every query has ended by the time that it is known. @throws AwsError InvalidParameter-, ResourceNotFoundException */
export const stopQuery = operation<LogsState, StopQueryRequest, StopQueryResponse>()({
  honours: ['queryId'],
  handle: ({ queryId = '' }, logs) => {
    if (!logs.queries.has(queryId)) throw notFound(`Query ID: ${queryId} does not exist.`)
    throw invalidParameter('Query has already ended with status Complete')
  },
})

export const describeQueries = operation<LogsState, DescribeQueriesRequest, DescribeQueriesResponse>()({
  honours: ['logGroupName', 'status', 'queryLanguage', 'maxResults', 'nextToken'],
  handle: (input, logs) => {
    const { logGroupName: group, status = 'Complete', queryLanguage = 'CWLI' } = input
    const found = logs.queries
      .list()
      .filter(({ groups }) => group === undefined || groups.includes(group))
      .filter(() => status === 'Complete' && queryLanguage === 'CWLI')
      .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
    const { items, token } = paginate(found, {
      token: input.nextToken,
      limit: input.maxResults,
      tokenCode: 'InvalidParameterException',
    })
    return {
      queries: items.map((record) => ({
        queryId: record.id,
        queryLanguage: 'CWLI',
        queryString: record.query,
        status: 'Complete',
        createTime: record.createdAtMs,
        logGroupName: record.groups[0],
      })),
      nextToken: token,
    }
  },
})
