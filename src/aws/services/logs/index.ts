// Owns the surface of CloudWatch Logs.
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import * as events from './events.ts'
import * as groups from './groups.ts'
import { LogsState } from './state.ts'

/** Builds CloudWatch Logs. A stream keeps its newest `MAX_EVENTS_PER_STREAM` events. */
export function createLogs(deps: ServiceDeps): { readonly service: AwsService } {
  const logs = new LogsState(deps)
  return {
    service: {
      signingName: 'logs',
      schema: 'logs',
      protocol: 'json-1.1',
      operations: bindOperations(logs, {
        CreateLogGroup: groups.createLogGroup,
        CreateLogStream: events.createLogStream,
        DeleteLogGroup: groups.deleteLogGroup,
        DeleteLogStream: events.deleteLogStream,
        DeleteRetentionPolicy: groups.deleteRetentionPolicy,
        DescribeLogGroups: groups.describeLogGroups,
        DescribeLogStreams: events.describeLogStreams,
        FilterLogEvents: events.filterLogEvents,
        GetLogEvents: events.getLogEvents,
        ListTagsForResource: groups.listTagsForResource,
        PutLogEvents: events.putLogEvents,
        PutRetentionPolicy: groups.putRetentionPolicy,
        TagResource: groups.tagResource,
        UntagResource: groups.untagResource,
      }),
    },
  }
}
