// Owns the resource type AWS::Logs::LogGroup.
import {
  count,
  generatedName,
  optional,
  type ProviderContext,
  type ResourceProvider,
  tolerating,
} from './provider.ts'

async function retain(
  logGroupName: string,
  days: number | undefined,
  context: ProviderContext,
): Promise<void> {
  if (days !== undefined) {
    await context.call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays: days })
  }
}

export const logGroup: ResourceProvider = {
  replacedBy: ['LogGroupName'],
  async create(properties, context) {
    const logGroupName = optional(properties, 'LogGroupName') ?? generatedName(context, 512)
    await tolerating(context.isRepeat ? ['ResourceAlreadyExistsException'] : [], () =>
      context.call('logs', 'CreateLogGroup', { logGroupName }),
    )
    await retain(logGroupName, count(properties['RetentionInDays']), context)
    return logGroupName
  },
  read: (physicalId, context) =>
    Promise.resolve({
      state: 'ready',
      attributes: { Arn: `arn:aws:logs:${context.region}:${context.accountId}:log-group:${physicalId}:*` },
    }),
  async update({ physicalId, after }, context) {
    await retain(physicalId, count(after['RetentionInDays']), context)
  },
  async delete(physicalId, context) {
    await tolerating(['ResourceNotFoundException'], () =>
      context.call('logs', 'DeleteLogGroup', { logGroupName: physicalId }),
    )
    return true
  },
}
