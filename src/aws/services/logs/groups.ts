// Owns log groups: create, describe, delete, retention, tags.
import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DeleteRetentionPolicyRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  LogGroup,
  PutRetentionPolicyRequest,
  ListTagsLogGroupRequest,
  ListTagsLogGroupResponse,
  TagLogGroupRequest,
  UntagLogGroupRequest,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudwatch-logs'

import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { expire } from './retention.ts'
import {
  alreadyExists,
  invalidParameter,
  keyOf,
  nameOf,
  nameOfArn,
  streamKey,
  type LogGroupRecord,
  type LogsState,
} from './state.ts'

// API_PutRetentionPolicy.
const RETENTIONS = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
])

/** The only class that is emulated. */
const STANDARD = 'STANDARD'

/** @throws AwsError ResourceAlreadyExistsException */
export const createLogGroup = operation<LogsState, CreateLogGroupRequest, void>()({
  honours: ['logGroupName', 'tags'],
  handle: async (input, logs) => {
    const { logGroupName: name = '' } = input
    const group: LogGroupRecord = { name, createdAtMs: logs.deps.clock.now(), tags: input.tags ?? {} }
    if (!(await logs.groups.create(keyOf(name), group))) {
      throw alreadyExists('The specified log group already exists')
    }
  },
})

function describe(logs: LogsState, group: LogGroupRecord): LogGroup {
  const bytes = logs.streamsOf(group.name).map(({ id }) => logs.events.extentOf(id)?.bytes ?? 0)
  return {
    logGroupName: group.name,
    arn: `${logs.arn(group.name)}:*`,
    logGroupArn: logs.arn(group.name),
    creationTime: group.createdAtMs,
    retentionInDays: group.retentionInDays,
    metricFilterCount: 0,
    storedBytes: bytes.reduce((sum, each) => sum + each, 0),
    logGroupClass: STANDARD,
  }
}

/** @throws AwsError InvalidParameterException */
export const describeLogGroups = operation<LogsState, DescribeLogGroupsRequest, DescribeLogGroupsResponse>()({
  honours: [
    'logGroupNamePrefix',
    'logGroupNamePattern',
    'logGroupClass',
    'logGroupIdentifiers',
    'nextToken',
    'limit',
  ],
  handle: (input, logs) => {
    const { logGroupNamePrefix: prefix = '', logGroupNamePattern: pattern = '' } = input
    if (prefix !== '' && pattern !== '') {
      throw invalidParameter(
        'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
      )
    }
    const identifiers = input.logGroupIdentifiers?.map(nameOf)
    const found = logs.groups
      .list()
      .filter(({ name }) => name.startsWith(prefix))
      .filter(({ name }) => name.includes(pattern))
      .filter(({ name }) => !identifiers || identifiers.includes(name))
      .filter(() => (input.logGroupClass ?? STANDARD) === STANDARD)
    const { items, token } = paginate(found, {
      token: input.nextToken,
      limit: input.limit,
      defaultLimit: 50,
      tokenCode: 'InvalidParameterException',
    })
    return { logGroups: items.map((group) => describe(logs, group)), nextToken: token }
  },
})

/** With its streams and their events. @throws AwsError ResourceNotFoundException */
export const deleteLogGroup = operation<LogsState, DeleteLogGroupRequest, void>()({
  honours: ['logGroupName'],
  handle: async (input, logs) => {
    const streams = await logs.deps.store.transact((tx) => {
      const { name } = logs.group(input.logGroupName)
      const doomed = logs.streamsOf(name)
      for (const stream of doomed) logs.streams.deleteIn(tx, streamKey(name, stream.name))
      logs.groups.deleteIn(tx, keyOf(name))
      return doomed
    })
    for (const { id } of streams) await logs.events.drop(id)
  },
})

/** @throws AwsError ResourceNotFoundException, InvalidParameterException */
export const putRetentionPolicy = operation<LogsState, PutRetentionPolicyRequest, void>()({
  honours: ['logGroupName', 'retentionInDays'],
  handle: async (input, logs) => {
    const { name } = logs.group(input.logGroupName)
    const { retentionInDays: days = 0 } = input
    if (!RETENTIONS.has(days)) {
      throw invalidParameter(
        `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${[...RETENTIONS].join(', ')}]`,
      )
    }
    const group = await logs.groups.update(keyOf(name), (current) => ({ ...current, retentionInDays: days }))
    if (group) await expire(logs, group)
  },
})

/** @throws AwsError ResourceNotFoundException */
export const deleteRetentionPolicy = operation<LogsState, DeleteRetentionPolicyRequest, void>()({
  honours: ['logGroupName'],
  handle: async (input, logs) => {
    const { name } = logs.group(input.logGroupName)
    await logs.groups.update(keyOf(name), ({ retentionInDays: _days, ...kept }) => kept)
  },
})

function tagged(logs: LogsState, arn: string | undefined): LogGroupRecord {
  const name = nameOfArn(arn)
  if (name === undefined) throw invalidParameter(`The ARN '${arn}' is not the ARN of a log group.`)
  return logs.group(name)
}

/** TagLogGroup, which TagResource has taken the place of. @throws AwsError ResourceNotFoundException */
export const tagLogGroup = operation<LogsState, TagLogGroupRequest, void>()({
  honours: ['logGroupName', 'tags'],
  handle: async (input, logs) => {
    const { name } = logs.group(input.logGroupName)
    await retag(logs, name, (tags) => ({ ...tags, ...input.tags }))
  },
})

/** UntagLogGroup, which UntagResource has taken the place of. @throws AwsError ResourceNotFoundException */
export const untagLogGroup = operation<LogsState, UntagLogGroupRequest, void>()({
  honours: ['logGroupName', 'tags'],
  handle: async (input, logs) => {
    const { name } = logs.group(input.logGroupName)
    await retag(logs, name, (tags) => without(tags, input.tags))
  },
})

/** ListTagsLogGroup, which ListTagsForResource has taken the place of. @throws AwsError ResourceNotFoundException */
export const listTagsLogGroup = operation<LogsState, ListTagsLogGroupRequest, ListTagsLogGroupResponse>()({
  honours: ['logGroupName'],
  handle: (input, logs) => ({ tags: logs.group(input.logGroupName).tags }),
})

type Tags = LogGroupRecord['tags']

async function retag(logs: LogsState, name: string, change: (tags: Tags) => Tags): Promise<void> {
  await logs.groups.update(keyOf(name), (current) => ({ ...current, tags: change(current.tags) }))
}

function without(tags: Tags, keys: readonly string[] = []): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)))
}

/** @throws AwsError ResourceNotFoundException, InvalidParameterException */
export const tagResource = operation<LogsState, TagResourceRequest, void>()({
  honours: ['resourceArn', 'tags'],
  handle: async (input, logs) => {
    const { name } = tagged(logs, input.resourceArn)
    await retag(logs, name, (tags) => ({ ...tags, ...input.tags }))
  },
})

/** @throws AwsError ResourceNotFoundException, InvalidParameterException */
export const untagResource = operation<LogsState, UntagResourceRequest, void>()({
  honours: ['resourceArn', 'tagKeys'],
  handle: async (input, logs) => {
    const { name } = tagged(logs, input.resourceArn)
    await retag(logs, name, (tags) => without(tags, input.tagKeys))
  },
})

/** @throws AwsError ResourceNotFoundException, InvalidParameterException */
export const listTagsForResource = operation<
  LogsState,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse
>()({
  honours: ['resourceArn'],
  handle: (input, logs) => ({ tags: tagged(logs, input.resourceArn).tags }),
})
