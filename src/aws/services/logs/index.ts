// Owns the surface of CloudWatch Logs.
import type { Controller } from '../../../reconcile/controller.ts'
import type { EventStore } from '../../../store/event-store.ts'
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import * as events from './events.ts'
import * as groups from './groups.ts'
import * as queries from './insights/queries.ts'
import { retentionController } from './retention.ts'
import { LogsState } from './state.ts'
import * as streams from './streams.ts'

export interface LogsService {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
}

/** Builds CloudWatch Logs; `store` keeps the events, the oldest of the region go when it is full. */
export function createLogs(deps: ServiceDeps, store: EventStore): LogsService {
  const logs = new LogsState(deps, store)
  return {
    controllers: [retentionController(logs)],
    service: defineService(
      'logs',
      bindOperations(logs, {
        CreateLogGroup: groups.createLogGroup,
        CreateLogStream: streams.createLogStream,
        DeleteLogGroup: groups.deleteLogGroup,
        DeleteLogStream: streams.deleteLogStream,
        DeleteRetentionPolicy: groups.deleteRetentionPolicy,
        DescribeLogGroups: groups.describeLogGroups,
        DescribeLogStreams: streams.describeLogStreams,
        DescribeQueries: queries.describeQueries,
        FilterLogEvents: events.filterLogEvents,
        GetLogEvents: events.getLogEvents,
        GetQueryResults: queries.getQueryResults,
        ListTagsForResource: groups.listTagsForResource,
        PutLogEvents: events.putLogEvents,
        PutRetentionPolicy: groups.putRetentionPolicy,
        StartQuery: queries.startQuery,
        StopQuery: queries.stopQuery,
        ListTagsLogGroup: groups.listTagsLogGroup,
        TagLogGroup: groups.tagLogGroup,
        UntagLogGroup: groups.untagLogGroup,
        TagResource: groups.tagResource,
        UntagResource: groups.untagResource,
      }),
    ),
  }
}
