// Owns the resource type AWS::Logs::LogStream.
import type { DescribeLogStreamsResponse } from '@aws-sdk/client-cloudwatch-logs'

import type { TemplateObject } from '../template/template.ts'
import { isMadeSince, tolerating } from './find-made.ts'
import { generatedName } from './generated-name.ts'
import { textAt } from './members.ts'
import { type ResourceContext, type ResourceType, READY } from './resource-type.ts'

const GONE = ['ResourceNotFoundException']

function placeOf(properties: TemplateObject, context: ResourceContext) {
  return {
    logGroupName: textAt(properties, 'LogGroupName') ?? '',
    logStreamName: textAt(properties, 'LogStreamName') ?? generatedName(context, 512),
  }
}

export const logStream: ResourceType = {
  name: 'AWS::Logs::LogStream',
  customName: 'LogStreamName',
  create: {
    operations: ['logs:CreateLogStream'],
    on: ['LogGroupName', 'LogStreamName'],
    run: async (properties, context) => {
      const place = placeOf(properties, context)
      await context.call('logs', 'CreateLogStream', place)
      return place.logStreamName
    },
    find: async (properties, context) => {
      const { logGroupName, logStreamName } = placeOf(properties, context)
      const created = async () => {
        const { logStreams = [] } = await context.call<DescribeLogStreamsResponse>(
          'logs',
          'DescribeLogStreams',
          { logGroupName, logStreamNamePrefix: logStreamName },
        )
        return logStreams.find((stream) => stream.logStreamName === logStreamName)?.creationTime
      }
      return (await isMadeSince(context, created, GONE)) ? logStreamName : undefined
    },
  },
  update: [],
  attributes: [],
  read: () => Promise.resolve(READY),
  remove: async (logStreamName, context, properties) => {
    const logGroupName = textAt(properties, 'LogGroupName')
    await tolerating(GONE, () => context.call('logs', 'DeleteLogStream', { logGroupName, logStreamName }))
    return true
  },
}
