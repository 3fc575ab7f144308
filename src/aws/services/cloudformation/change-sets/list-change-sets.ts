// Owns ListChangeSets.
import type { ListChangeSetsInput, ListChangeSetsOutput } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { findStack } from '../stacks/lookup.ts'
import { page } from '../stacks/page.ts'
import { type CloudFormation, keyOfStack } from '../state.ts'

/** The change sets of a stack that have not been executed. @throws AwsError ValidationError */
export const listChangeSets = operation<CloudFormation, ListChangeSetsInput, ListChangeSetsOutput>()({
  honours: ['StackName', 'NextToken'],
  handle: (input, cloudformation) => {
    const stack = findStack(cloudformation, input.StackName)
    const all = cloudformation.tables.changeSets
      .list(`${keyOfStack(stack.id)}/`)
      .filter(({ executionStatus }) => executionStatus !== 'EXECUTE_COMPLETE')
    const { items, token } = page(all, input.NextToken)
    return {
      Summaries: items.map((record) => ({
        StackId: record.stackId,
        StackName: record.stackName,
        ChangeSetId: record.id,
        ChangeSetName: record.name,
        ExecutionStatus: record.executionStatus,
        Status: record.status,
        StatusReason: record.reason,
        CreationTime: new Date(record.createdAtMs),
        Description: record.description,
        IncludeNestedStacks: false,
      })),
      NextToken: token,
    }
  },
})
