// Owns reading out of a stack's events why its last operation failed.
import { DescribeStackEventsCommand, type StackEvent } from '@aws-sdk/client-cloudformation'

import type { Cloud } from './cloud.ts'

const OPERATION_STARTS: ReadonlySet<string> = new Set([
  'CREATE_IN_PROGRESS',
  'UPDATE_IN_PROGRESS',
  'DELETE_IN_PROGRESS',
])

/** The resources that failed with what CloudFormation says of each, first cause first, indented for a message. */
export async function failureReasons({ cloudFormation }: Cloud, name: string): Promise<string> {
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: name }))
  return eventsOfLastOperation(StackEvents)
    .filter(
      (event) =>
        event.ResourceStatus?.endsWith('_FAILED') && !event.ResourceStatusReason?.includes('cancelled'),
    )
    .map(
      (event) =>
        `\n  ${event.LogicalResourceId} (${event.ResourceType}): ${event.ResourceStatusReason ?? ''}`,
    )
    .toReversed()
    .join('')
}

// The newest come first, and what failed in an earlier update is still among them.
function eventsOfLastOperation(events: readonly StackEvent[]): readonly StackEvent[] {
  const start = events.findIndex(
    ({ ResourceType, ResourceStatus }) =>
      ResourceType === 'AWS::CloudFormation::Stack' && OPERATION_STARTS.has(ResourceStatus ?? ''),
  )
  return start < 0 ? events : events.slice(0, start)
}
