// Owns DescribeStackResources, DescribeStackResource and ListStackResources: three views of the same rows.
import type {
  DescribeStackResourceInput,
  DescribeStackResourceOutput,
  DescribeStackResourcesInput,
  DescribeStackResourcesOutput,
  ListStackResourcesInput,
  ListStackResourcesOutput,
} from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { validationError } from '../errors.ts'
import { type CloudFormation, type ResourceRecord, resourcesOf, type StackRecord } from '../state.ts'
import { findStack } from './lookup.ts'
import { page } from './page.ts'
import { showResourceDrift } from './show-drift.ts'

function row(cloudformation: CloudFormation, stack: StackRecord, record: ResourceRecord) {
  return {
    LogicalResourceId: record.logicalId,
    PhysicalResourceId: record.physicalId,
    ResourceType: record.type,
    ResourceStatus: record.status,
    ResourceStatusReason: record.reason,
    DriftInformation: showResourceDrift(cloudformation, stack, record),
  }
}

/** All resources of a stack, or those with a logical or physical id. @throws AwsError ValidationError */
export const describeStackResources = operation<
  CloudFormation,
  DescribeStackResourcesInput,
  DescribeStackResourcesOutput
>()({
  honours: ['StackName', 'LogicalResourceId', 'PhysicalResourceId'],
  handle: (input, cloudformation) => {
    const name = input.StackName ?? ownerOf(cloudformation, input.PhysicalResourceId)
    const stack = findStack(cloudformation, name)
    const records = [...resourcesOf(cloudformation, stack.id).values()].filter(
      (record) => input.LogicalResourceId === undefined || record.logicalId === input.LogicalResourceId,
    )
    return {
      StackResources: records.map((record) => ({
        StackName: stack.name,
        StackId: stack.id,
        Timestamp: new Date(record.updatedAtMs),
        ...row(cloudformation, stack, record),
      })),
    }
  },
})

function ownerOf(cloudformation: CloudFormation, physicalId: string | undefined): string | undefined {
  return cloudformation.tables.stacks
    .list()
    .find((stack) =>
      [...resourcesOf(cloudformation, stack.id).values()].some((record) => record.physicalId === physicalId),
    )?.name
}

/** One resource. @throws AwsError ValidationError */
export const describeStackResource = operation<
  CloudFormation,
  DescribeStackResourceInput,
  DescribeStackResourceOutput
>()({
  honours: ['StackName', 'LogicalResourceId'],
  handle: (input, cloudformation) => {
    const stack = findStack(cloudformation, input.StackName)
    const record = resourcesOf(cloudformation, stack.id).get(input.LogicalResourceId ?? '')
    if (!record) {
      throw validationError(`Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`)
    }
    return {
      StackResourceDetail: {
        StackName: stack.name,
        StackId: stack.id,
        LastUpdatedTimestamp: new Date(record.updatedAtMs),
        ...row(cloudformation, stack, record),
      },
    }
  },
})

/** A page of resources. @throws AwsError ValidationError */
export const listStackResources = operation<
  CloudFormation,
  ListStackResourcesInput,
  ListStackResourcesOutput
>()({
  honours: ['StackName', 'NextToken'],
  handle: (input, cloudformation) => {
    const stack = findStack(cloudformation, input.StackName)
    const { items, token } = page([...resourcesOf(cloudformation, stack.id).values()], input.NextToken)
    return {
      StackResourceSummaries: items.map((record) => ({
        LastUpdatedTimestamp: new Date(record.updatedAtMs),
        ...row(cloudformation, stack, record),
      })),
      NextToken: token,
    }
  },
})
