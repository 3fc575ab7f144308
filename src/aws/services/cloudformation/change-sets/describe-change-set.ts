// Owns DescribeChangeSet.
import type { DescribeChangeSetInput, DescribeChangeSetOutput } from '@aws-sdk/client-cloudformation'

import type { CloudFormation } from '../state.ts'
import { findChangeSet } from './find-change-set.ts'

/** @throws AwsError ChangeSetNotFound */
export function describeChangeSet(
  input: DescribeChangeSetInput,
  cloudformation: CloudFormation,
): DescribeChangeSetOutput {
  const { record } = findChangeSet(cloudformation, input)
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
    Capabilities: [...record.capabilities] as NonNullable<DescribeChangeSetOutput['Capabilities']>,
    Changes: record.changes.map((change) => ({
      Type: 'Resource',
      ResourceChange: {
        Action: change.action,
        LogicalResourceId: change.logicalId,
        PhysicalResourceId: change.physicalId,
        ResourceType: change.type,
        Replacement: change.replacement,
        Scope: [...new Set((change.details ?? []).map(({ attribute }) => attribute))],
        Details: (change.details ?? []).map(({ attribute, name, recreation, isDynamic }) => ({
          Target: { Attribute: attribute, Name: name, RequiresRecreation: recreation },
          Evaluation: isDynamic ? 'Dynamic' : 'Static',
          ChangeSource: isDynamic ? 'ResourceReference' : 'DirectModification',
        })),
      },
    })),
  }
}
