// Owns DescribeChangeSet.
import type {
  DescribeChangeSetInput,
  DescribeChangeSetOutput,
  ResourceChange,
} from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { page } from '../stacks/page.ts'
import type { CloudFormation } from '../state.ts'
import type { Change } from './changes.ts'
import { findChangeSet } from './find-change-set.ts'

/** @throws AwsError ChangeSetNotFound, ValidationError */
export const describeChangeSet = operation<CloudFormation, DescribeChangeSetInput, DescribeChangeSetOutput>()(
  {
    honours: ['ChangeSetName', 'StackName', 'NextToken', 'IncludePropertyValues'],
    handle: (input, cloudformation) => {
      const { record } = findChangeSet(cloudformation, input)
      const { items, token } = page(record.changes, input.NextToken)
      const hasValues = input.IncludePropertyValues ?? false
      return {
        ChangeSetName: record.name,
        ChangeSetId: record.id,
        StackId: record.stackId,
        StackName: record.stackName,
        Description: record.description,
        Parameters: [...record.parameters],
        CreationTime: new Date(record.createdAtMs),
        ExecutionStatus: record.executionStatus,
        Status: record.status,
        StatusReason: record.reason,
        Tags: [...record.tags],
        // Read out of a request, which the endpoint has checked.
        Capabilities: [...record.capabilities] as NonNullable<DescribeChangeSetOutput['Capabilities']>,
        Changes: items.map((change) => ({ Type: 'Resource', ResourceChange: showChange(change, hasValues) })),
        NextToken: token,
      }
    },
  },
)

function showChange(change: Change, hasValues: boolean): ResourceChange {
  const { before, after, details = [] } = change
  return {
    Action: change.action,
    LogicalResourceId: change.logicalId,
    PhysicalResourceId: change.physicalId,
    ResourceType: change.type,
    Replacement: change.replacement,
    Scope: [...new Set(details.map(({ attribute }) => attribute))],
    Details: details.map(({ attribute, name, recreation, isDynamic }) => ({
      Target: { Attribute: attribute, Name: name, RequiresRecreation: recreation },
      Evaluation: isDynamic ? 'Dynamic' : 'Static',
      ChangeSource: isDynamic ? 'ResourceReference' : 'DirectModification',
    })),
    ...(hasValues && before ? { BeforeContext: JSON.stringify({ Properties: before }) } : {}),
    ...(hasValues && after ? { AfterContext: JSON.stringify({ Properties: after }) } : {}),
  }
}
