// Owns log groups: create, describe, delete, retention, tags.
import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DeleteRetentionPolicyRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  PutRetentionPolicyRequest,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudwatch-logs'

import { operation } from '../../protocol/operation.ts'
import { AwsError } from '../../../base/errors.ts'
import { paginate } from '../../protocol/paging.ts'
import {
  batchKey,
  invalidParameter,
  keyOf,
  nameOf,
  PAGES,
  type LogGroupRecord,
  type LogsState,
} from './state.ts'

// The only class there is: CreateLogGroup refuses the others.
const STANDARD = 'STANDARD'
// API_PutRetentionPolicy.
const RETENTIONS = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
])

export const createLogGroup = operation<LogsState, CreateLogGroupRequest, void>()({
  honours: ['logGroupName', 'tags'],
  handle: async (input, logs) => {
    const name = input.logGroupName ?? ''
    const group: LogGroupRecord = { name, createdAtMs: logs.deps.clock.now(), tags: input.tags ?? {} }
    if (!(await logs.groups.create(keyOf(name), group))) {
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists')
    }
  },
})

export const describeLogGroups = operation<LogsState, DescribeLogGroupsRequest, DescribeLogGroupsResponse>()({
  honours: ['logGroupNamePrefix', 'logGroupNamePattern', 'logGroupClass', 'logGroupIdentifiers', ...PAGES],
  handle: (input, logs) => {
    const identifiers = input.logGroupIdentifiers?.map(nameOf)
    const found = logs.groups
      .list()
      .filter(({ name }) => name.startsWith(input.logGroupNamePrefix ?? ''))
      .filter(({ name }) => name.includes(input.logGroupNamePattern ?? ''))
      .filter(({ name }) => !identifiers || identifiers.includes(name))
      .filter(() => (input.logGroupClass ?? STANDARD) === STANDARD)
    const { items, token } = paginate(found, {
      token: input.nextToken,
      limit: input.limit,
      defaultLimit: 50,
      tokenCode: 'InvalidParameterException',
    })
    return {
      logGroups: items.map((group) => ({
        logGroupName: group.name,
        arn: `${logs.arn(group.name)}:*`,
        logGroupArn: logs.arn(group.name),
        creationTime: group.createdAtMs,
        retentionInDays: group.retentionInDays,
        metricFilterCount: 0,
        storedBytes: 0,
        logGroupClass: STANDARD,
      })),
      nextToken: token,
    }
  },
})

export const deleteLogGroup = operation<LogsState, DeleteLogGroupRequest, void>()({
  honours: ['logGroupName'],
  handle: async (input, logs) => {
    const group = logs.group(input.logGroupName)
    const prefix = `${keyOf(group.name)}/`
    for (const { key } of logs.batches.rows(prefix)) await logs.batches.delete(key)
    for (const { key } of logs.streams.rows(prefix)) await logs.streams.delete(key)
    await logs.groups.delete(keyOf(group.name))
  },
})

export const putRetentionPolicy = operation<LogsState, PutRetentionPolicyRequest, void>()({
  honours: ['logGroupName', 'retentionInDays'],
  handle: async (input, logs) => {
    const group = logs.group(input.logGroupName)
    const days = input.retentionInDays ?? 0
    if (!RETENTIONS.has(days)) {
      throw invalidParameter(
        `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${[...RETENTIONS].join(', ')}]`,
      )
    }
    await logs.groups.update(keyOf(group.name), (current) => ({ ...current, retentionInDays: days }))
    await expire(logs, group.name, days)
  },
})

// Retention acts on what is stored now; events that come later are bounded by their stream.
async function expire(logs: LogsState, name: string, days: number): Promise<void> {
  const oldestMs = logs.deps.clock.now() - days * 86_400_000
  for (const stream of logs.streams.list(`${keyOf(name)}/`)) {
    for (let number = 0; number < stream.next; number++) {
      const key = batchKey(stream, number)
      const batch = logs.batches.get(key)
      if (batch?.events.every(({ timestamp }) => timestamp < oldestMs)) await logs.batches.delete(key)
    }
  }
}

export const deleteRetentionPolicy = operation<LogsState, DeleteRetentionPolicyRequest, void>()({
  honours: ['logGroupName'],
  handle: async (input, logs) => {
    const { name } = logs.group(input.logGroupName)
    await logs.groups.update(keyOf(name), (group) => {
      const { retentionInDays: _, ...kept } = group
      return kept
    })
  },
})

function groupOfArn(logs: LogsState, arn: string | undefined = ''): LogGroupRecord {
  const name = nameOf(arn)
  if (name === arn) throw invalidParameter(`The ARN '${arn}' is not the ARN of a log group.`)
  return logs.group(name)
}

export const tagResource = operation<LogsState, TagResourceRequest, void>()({
  honours: ['resourceArn', 'tags'],
  handle: async (input, logs) => {
    const group = groupOfArn(logs, input.resourceArn)
    await logs.groups.update(keyOf(group.name), (current) => ({
      ...current,
      tags: { ...current.tags, ...input.tags },
    }))
  },
})

export const untagResource = operation<LogsState, UntagResourceRequest, void>()({
  honours: ['resourceArn', 'tagKeys'],
  handle: async (input, logs) => {
    const group = groupOfArn(logs, input.resourceArn)
    await logs.groups.update(keyOf(group.name), (current) => {
      const tags = Object.entries(current.tags).filter(([key]) => !input.tagKeys?.includes(key))
      return { ...current, tags: Object.fromEntries(tags) }
    })
  },
})

export const listTagsForResource = operation<
  LogsState,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse
>()({
  honours: ['resourceArn'],
  handle: (input, logs) => {
    return { tags: groupOfArn(logs, input.resourceArn).tags }
  },
})
