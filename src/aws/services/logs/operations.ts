// Owns the table of the operations of CloudWatch Logs.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations } from '../../protocol/service.ts'
import * as events from './events.ts'
import * as groups from './groups.ts'
import * as queries from './insights/queries.ts'
import * as streams from './streams.ts'
import type { LogsState } from './state.ts'

/** By published name. */
export function operationsOf(logs: LogsState): Operations {
  return bindOperations(logs, {
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
  })
}
