// Owns DescribeStackEvents.
import type { DescribeStackEventsInput, DescribeStackEventsOutput } from '@aws-sdk/client-cloudformation'

import { paginate } from '../../../protocol/paging.ts'
import { type CloudFormation, keyOfStack } from '../state.ts'
import { findStack } from './lookup.ts'

/** Newest first. @throws AwsError ValidationError */
export function describeStackEvents(
  input: DescribeStackEventsInput,
  cloudformation: CloudFormation,
): DescribeStackEventsOutput {
  const stack = findStack(cloudformation, input.StackName)
  const all = cloudformation.tables.events.list(`${keyOfStack(stack.id)}/`).toReversed()
  const { items, token } = paginate(all, {
    token: input.NextToken,
    defaultLimit: 100,
    tokenCode: 'ValidationError',
  })
  return {
    StackEvents: items.map(({ atMs, ...event }) => ({ ...event, Timestamp: new Date(atMs) })),
    NextToken: token,
  }
}
