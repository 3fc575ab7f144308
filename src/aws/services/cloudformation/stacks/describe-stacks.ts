// Owns DescribeStacks.
import type { DescribeStacksInput, DescribeStacksOutput, Stack } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { type CloudFormation, keyOfStack, type StackRecord } from '../state.ts'
import { parseTemplate } from '../template/template.ts'
import { findStack } from './lookup.ts'
import { page } from './page.ts'
import { showDrift } from './show-drift.ts'

/** One stack, or all living ones, newest first. @throws AwsError ValidationError */
export const describeStacks = operation<CloudFormation, DescribeStacksInput, DescribeStacksOutput>()({
  honours: ['StackName', 'NextToken'],
  handle: (input, cloudformation) => {
    const show = (stack: StackRecord): Stack => ({
      ...showStack(stack),
      ...parentsOf(cloudformation, stack),
    })
    if (input.StackName) return { Stacks: [show(findStack(cloudformation, input.StackName))] }
    const all = cloudformation.tables.stacks
      .list()
      .filter((stack) => stack.status !== 'DELETE_COMPLETE')
      .toSorted((one, other) => other.createdAtMs - one.createdAtMs)
    const { items, token } = page(all, input.NextToken)
    return { Stacks: items.map(show), NextToken: token }
  },
})

function parentsOf(
  cloudformation: CloudFormation,
  { parentId }: StackRecord,
): Pick<Stack, 'ParentId' | 'RootId'> {
  if (parentId === undefined) return {}
  let root = parentId
  for (;;) {
    const above = cloudformation.tables.stacks.get(keyOfStack(root))?.parentId
    if (above === undefined) return { ParentId: parentId, RootId: root }
    root = above
  }
}

function showStack(stack: StackRecord): Stack {
  const template = stack.templateBody === '' ? undefined : parseTemplate(stack.templateBody)
  return {
    StackId: stack.id,
    StackName: stack.name,
    ...(stack.changeSetId ? { ChangeSetId: stack.changeSetId } : {}),
    Description: template?.description,
    Parameters: stack.parameters.map((parameter) =>
      template?.parameters[parameter.ParameterKey ?? '']?.noEcho
        ? { ...parameter, ParameterValue: '****' }
        : { ...parameter },
    ),
    CreationTime: new Date(stack.createdAtMs),
    ...(stack.updatedAtMs === undefined ? {} : { LastUpdatedTime: new Date(stack.updatedAtMs) }),
    ...(stack.deletedAtMs === undefined ? {} : { DeletionTime: new Date(stack.deletedAtMs) }),
    RollbackConfiguration: {},
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DisableRollback: stack.disableRollback,
    NotificationARNs: [],
    Capabilities: [...stack.capabilities] as NonNullable<Stack['Capabilities']>,
    // A stack without outputs has no such member.
    ...(stack.outputs.length > 0 ? { Outputs: [...stack.outputs] } : {}),
    RoleARN: stack.roleArn,
    ...(stack.timeoutMs === undefined ? {} : { TimeoutInMinutes: stack.timeoutMs / 60_000 }),
    Tags: [...stack.tags],
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: showDrift(stack),
  }
}
