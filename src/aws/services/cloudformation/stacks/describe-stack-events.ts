// Owns DescribeStackEvents.
import type { DescribeStackEventsInput, DescribeStackEventsOutput } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { type CloudFormation, keyOfStack } from '../state.ts'
import { findStack } from './lookup.ts'
import { page } from './page.ts'

/** Newest first. @throws AwsError ValidationError */
export const describeStackEvents = operation<
  CloudFormation,
  DescribeStackEventsInput,
  DescribeStackEventsOutput
>()({
  honours: ['StackName', 'NextToken'],
  handle: (input, cloudformation) => {
    const stack = findStack(cloudformation, input.StackName)
    const all = cloudformation.tables.events.list(`${keyOfStack(stack.id)}/`).toReversed()
    const { items, token } = page(all, input.NextToken)
    return {
      StackEvents: items.map(({ atMs, ...event }) => ({ ...event, Timestamp: new Date(atMs) })),
      NextToken: token,
    }
  },
})
