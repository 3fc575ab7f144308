// Owns the steps of CloudWatch Logs.
import { step, type Step } from './step.ts'

const GROUP = '/every/operation'
const STREAM = { logGroupName: GROUP, logStreamName: 'stream' }

/** Makes, fills, reads and removes a log group. */
export const logs: readonly Step[] = [
  step('logs', 'CreateLogGroup', { logGroupName: GROUP }),
  step('logs', 'DescribeLogGroups'),
  step('logs', 'PutRetentionPolicy', { logGroupName: GROUP, retentionInDays: 7 }),
  step('logs', 'DeleteRetentionPolicy', { logGroupName: GROUP }),
  ...['TagResource', 'ListTagsForResource', 'UntagResource'].map((operation) =>
    step('logs', operation, ({ region }) => ({
      resourceArn: `arn:aws:logs:${region}:111122223333:log-group:${GROUP}`,
      ...(operation === 'TagResource' ? { tags: { k: 'v' } } : {}),
      ...(operation === 'UntagResource' ? { tagKeys: ['k'] } : {}),
    })),
  ),
  step('logs', 'CreateLogStream', { ...STREAM }),
  step('logs', 'DescribeLogStreams', { logGroupName: GROUP }),
  step('logs', 'PutLogEvents', { ...STREAM, logEvents: [{ timestamp: 1, message: 'm' }] }),
  step('logs', 'GetLogEvents', { ...STREAM }),
  step('logs', 'FilterLogEvents', { logGroupName: GROUP }),
  step(
    'logs',
    'StartQuery',
    { logGroupName: GROUP, startTime: 0, endTime: 1, queryString: 'fields @message' },
    { query: 'queryId' },
  ),
  step('logs', 'DescribeQueries', { logGroupName: GROUP }),
  step('logs', 'GetQueryResults', ({ query }) => ({ queryId: query })),
  step('logs', 'TagLogGroup', { logGroupName: GROUP, tags: { k: 'v' } }),
  step('logs', 'ListTagsLogGroup', { logGroupName: GROUP }),
  step('logs', 'UntagLogGroup', { logGroupName: GROUP, tags: ['k'] }),
  step('logs', 'DeleteLogStream', { ...STREAM }),
  step('logs', 'DeleteLogGroup', { logGroupName: GROUP }),
]
