// Owns DescribeStackResourceDrifts and DetectStackResourceDrift: the drift of single resources.
import type {
  DescribeStackResourceDriftsInput,
  DescribeStackResourceDriftsOutput,
  DetectStackResourceDriftInput,
  DetectStackResourceDriftOutput,
  StackResourceDrift,
} from '@aws-sdk/client-cloudformation'

import { paginate } from '../../../protocol/paging.ts'
import { operation } from '../../../protocol/operation.ts'
import { validationError } from '../errors.ts'
import { findStack } from '../stacks/lookup.ts'
import { type CloudFormation, type DriftRecord, keyOfStack, resourcesOf } from '../state.ts'
import { inspect, isCheckable, requireCheckable } from './inspect.ts'

/** Those that have been checked: the others have no drift that is known. @throws AwsError ValidationError */
export const describeStackResourceDrifts = operation<
  CloudFormation,
  DescribeStackResourceDriftsInput,
  DescribeStackResourceDriftsOutput
>()({
  honours: ['StackName', 'StackResourceDriftStatusFilters', 'NextToken', 'MaxResults'],
  handle: (input, cloudformation) => {
    const stack = findStack(cloudformation, input.StackName)
    const filters = new Set<string>(input.StackResourceDriftStatusFilters ?? [])
    const resources = resourcesOf(cloudformation, stack.id)
    const all = cloudformation.tables.drifts
      .list(`${keyOfStack(stack.id)}/`)
      .filter(({ logicalId, physicalId }) => resources.get(logicalId)?.physicalId === physicalId)
      .filter(({ status }) => filters.size === 0 || filters.has(status))
    const { items, token } = paginate(all, {
      token: input.NextToken,
      limit: input.MaxResults,
      defaultLimit: 100,
      tokenCode: 'ValidationError',
    })
    return { StackResourceDrifts: items.map((drift) => show(stack.id, drift)), NextToken: token }
  },
})

/** Looks at one resource now. @throws AwsError ValidationError */
export const detectStackResourceDrift = operation<
  CloudFormation,
  DetectStackResourceDriftInput,
  DetectStackResourceDriftOutput
>()({
  honours: ['StackName', 'LogicalResourceId'],
  handle: async (input, cloudformation, request) => {
    const stack = findStack(cloudformation, input.StackName)
    requireCheckable(stack)
    const record = resourcesOf(cloudformation, stack.id).get(input.LogicalResourceId ?? '')
    if (!record) {
      throw validationError(`Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`)
    }
    if (!isCheckable(record)) {
      throw validationError(`Drift detection is not supported for resource type ${record.type}`)
    }
    const asCaller = { ...stack, principal: request.principal }
    return { StackResourceDrift: show(stack.id, await inspect(cloudformation, asCaller, record)) }
  },
})

function show(StackId: string, drift: DriftRecord): StackResourceDrift {
  return {
    StackId,
    LogicalResourceId: drift.logicalId,
    PhysicalResourceId: drift.physicalId,
    ResourceType: drift.type,
    ExpectedProperties: JSON.stringify(drift.expected),
    ...(drift.actual === undefined ? {} : { ActualProperties: JSON.stringify(drift.actual) }),
    PropertyDifferences: [...drift.differences],
    StackResourceDriftStatus: drift.status,
    Timestamp: new Date(drift.atMs),
  }
}
