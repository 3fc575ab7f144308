// Owns the resource type AWS::Logs::LogGroup.
import type {
  DescribeLogGroupsResponse,
  ListTagsForResourceResponse,
  LogGroup,
} from '@aws-sdk/client-cloudwatch-logs'

import type { TemplateObject } from '../template/template.ts'
import { seen, tagsAs } from './actual.ts'
import { isMadeSince, tolerating } from './find-made.ts'
import { generatedName } from './generated-name.ts'
import { textAt } from './members.ts'
import { valueAt } from './property-path.ts'
import type { ResourceContext, ResourceType, Step } from './resource-type.ts'
import { allTagMap, tagChange } from './tags.ts'

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'LogGroupName') ?? generatedName(context, 512)
}

function arnOf(name: string, { region, accountId }: ResourceContext): string {
  return `arn:aws:logs:${region}:${accountId}:log-group:${name}`
}

async function describe(name: string, context: ResourceContext): Promise<LogGroup | undefined> {
  const { logGroups = [] } = await context.call<DescribeLogGroupsResponse>('logs', 'DescribeLogGroups', {
    logGroupNamePrefix: name,
  })
  return logGroups.find((group) => group.logGroupName === name)
}

const retentionStep: Step = {
  operations: ['logs:PutRetentionPolicy', 'logs:DeleteRetentionPolicy'],
  on: ['RetentionInDays'],
  run: async ({ physicalId: logGroupName, after }, context) => {
    const retentionInDays = valueAt(after, 'RetentionInDays')
    if (retentionInDays === undefined) await context.call('logs', 'DeleteRetentionPolicy', { logGroupName })
    else await context.call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays })
  },
}

const tagsStep: Step = {
  operations: ['logs:TagResource', 'logs:UntagResource'],
  on: ['Tags'],
  run: async (change, context) => {
    const { put, goneKeys } = tagChange(change)
    const resourceArn = arnOf(change.physicalId, context)
    if (goneKeys.length > 0) await context.call('logs', 'UntagResource', { resourceArn, tagKeys: goneKeys })
    const tags = Object.fromEntries(put.map(({ Key, Value }) => [Key, Value]))
    if (put.length > 0) await context.call('logs', 'TagResource', { resourceArn, tags })
  },
}

export const logGroup: ResourceType = {
  name: 'AWS::Logs::LogGroup',
  customName: 'LogGroupName',
  create: {
    operations: ['logs:CreateLogGroup'],
    on: ['LogGroupName', 'Tags'],
    run: async (properties, context) => {
      const logGroupName = nameOf(properties, context)
      const tags = allTagMap(properties, context)
      await context.call('logs', 'CreateLogGroup', { logGroupName, tags })
      return logGroupName
    },
    find: async (properties, context) => {
      const logGroupName = nameOf(properties, context)
      const created = async () => (await describe(logGroupName, context))?.creationTime
      return (await isMadeSince(context, created, [])) ? logGroupName : undefined
    },
  },
  update: [retentionStep, tagsStep],
  defaults: {
    LogGroupClass: 'STANDARD',
    DeletionProtectionEnabled: false,
    BearerTokenAuthenticationEnabled: false,
  },
  attributes: ['Arn'],
  read: (name, context) =>
    Promise.resolve({ state: 'ready', attributes: { Arn: `${arnOf(name, context)}:*` } }),
  actual: async (logGroupName, context, expected) => {
    const group = await describe(logGroupName, context)
    if (!group) return undefined
    const resourceArn = arnOf(logGroupName, context)
    const { tags } = await context.call<ListTagsForResourceResponse>('logs', 'ListTagsForResource', {
      resourceArn,
    })
    return seen(expected, {
      RetentionInDays: group.retentionInDays ?? null,
      LogGroupClass: group.logGroupClass,
      Tags: tagsAs(expected, tags),
    })
  },
  remove: async (logGroupName, context) => {
    await tolerating(['ResourceNotFoundException'], () =>
      context.call('logs', 'DeleteLogGroup', { logGroupName }),
    )
    return true
  },
}
