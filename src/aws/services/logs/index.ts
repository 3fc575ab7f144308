// Owns the surface of CloudWatch Logs.
import { operation, type AwsService, type ServiceDeps } from '../../protocol/service.ts'
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
      operations: {
        CreateLogGroup: operation(groups.createLogGroup, logs),
        CreateLogStream: operation(events.createLogStream, logs),
        DeleteLogGroup: operation(groups.deleteLogGroup, logs),
        DeleteLogStream: operation(events.deleteLogStream, logs),
        DeleteRetentionPolicy: operation(groups.deleteRetentionPolicy, logs),
        DescribeLogGroups: operation(groups.describeLogGroups, logs),
        DescribeLogStreams: operation(events.describeLogStreams, logs),
        FilterLogEvents: operation(events.filterLogEvents, logs),
        GetLogEvents: operation(events.getLogEvents, logs),
        ListTagsForResource: operation(groups.listTagsForResource, logs),
        PutLogEvents: operation(events.putLogEvents, logs),
        PutRetentionPolicy: operation(groups.putRetentionPolicy, logs),
        TagResource: operation(groups.tagResource, logs),
        UntagResource: operation(groups.untagResource, logs),
      },
    },
  }
}
