// Owns log streams: create, describe, delete.
import type {
  CreateLogStreamRequest,
  DeleteLogStreamRequest,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
} from '@aws-sdk/client-cloudwatch-logs'

import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { alreadyExists, invalidParameter, streamKey, type LogsState } from './state.ts'

/** @throws AwsError ResourceNotFoundException, ResourceAlreadyExistsException, InvalidParameterException */
export const createLogStream = operation<LogsState, CreateLogStreamRequest, void>()({
  honours: ['logGroupName', 'logStreamName'],
  handle: async (input, logs) => {
    const { logStreamName: name = '' } = input
    await logs.deps.store.transact((tx) => {
      const { name: group } = logs.group(input.logGroupName)
      const key = streamKey(group, name)
      if (logs.streams.has(key)) throw alreadyExists('The specified log stream already exists')
      const { clock, ids } = logs.deps
      logs.streams.putIn(tx, key, { id: ids.uuid(), group, name, createdAtMs: clock.now() })
    })
  },
})

/** With its events. @throws AwsError ResourceNotFoundException */
export const deleteLogStream = operation<LogsState, DeleteLogStreamRequest, void>()({
  honours: ['logGroupName', 'logStreamName'],
  handle: async (input, logs) => {
    const { id } = await logs.deps.store.transact((tx) => {
      const { name: group } = logs.group(input.logGroupName)
      const stream = logs.stream(group, input.logStreamName)
      logs.streams.deleteIn(tx, streamKey(group, stream.name))
      return stream
    })
    await logs.events.drop(id)
  },
})

/** By name, or by the time of the last event. @throws AwsError ResourceNotFoundException, InvalidParameterException */
export const describeLogStreams = operation<
  LogsState,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse
>()({
  honours: [
    'logGroupName',
    'logGroupIdentifier',
    'logStreamNamePrefix',
    'orderBy',
    'descending',
    'nextToken',
    'limit',
  ],
  handle: (input, logs) => {
    const { name: group } = logs.groupOf(input)
    const byTime = input.orderBy === 'LastEventTime'
    if (byTime && input.logStreamNamePrefix !== undefined) {
      throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')
    }
    const found = logs
      .streamsOf(group)
      .filter(({ name }) => name.startsWith(input.logStreamNamePrefix ?? ''))
      .map((stream) => ({ stream, extent: logs.events.extentOf(stream.id) }))
      .toSorted((a, b) =>
        byTime ? (a.extent?.lastMs ?? 0) - (b.extent?.lastMs ?? 0) : a.stream.name < b.stream.name ? -1 : 1,
      )
    const { items, token } = paginate(input.descending ? found.toReversed() : found, {
      token: input.nextToken,
      limit: input.limit,
      defaultLimit: 50,
      tokenCode: 'InvalidParameterException',
    })
    return {
      logStreams: items.map(({ stream, extent }) => ({
        logStreamName: stream.name,
        arn: `${logs.arn(group)}:log-stream:${stream.name}`,
        creationTime: stream.createdAtMs,
        firstEventTimestamp: extent?.firstMs,
        lastEventTimestamp: extent?.lastMs,
        lastIngestionTime: extent?.lastIngestedMs,
        // "As of June 17, 2019, this parameter is no longer supported for log streams, and is always reported as zero."
        storedBytes: 0,
      })),
      nextToken: token,
    }
  },
})
