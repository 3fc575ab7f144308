// Owns ListStacks: every stack, deleted ones for as long as AWS lists them (90 days).
import type { ListStacksInput, ListStacksOutput } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import type { CloudFormation, StackRecord } from '../state.ts'
import { parseTemplate } from '../template/template.ts'
import { page } from './page.ts'
import { showDrift } from './show-drift.ts'

const DELETED_KEPT_MS = 90 * 24 * 3_600_000

/** Every stack, newest first. @throws AwsError ValidationError */
export const listStacks = operation<CloudFormation, ListStacksInput, ListStacksOutput>()({
  honours: ['StackStatusFilter', 'NextToken'],
  handle: (input, cloudformation) => {
    const oldest = cloudformation.deps.clock.now() - DELETED_KEPT_MS
    const wanted = input.StackStatusFilter?.length ? new Set<string>(input.StackStatusFilter) : undefined
    const all = cloudformation.tables.stacks
      .list()
      .filter((stack) => (stack.deletedAtMs ?? Infinity) > oldest && (!wanted || wanted.has(stack.status)))
      .toSorted((one, other) => other.createdAtMs - one.createdAtMs)
    const { items, token } = page(all, input.NextToken)
    return { StackSummaries: items.map(summary), NextToken: token }
  },
})

function summary(stack: StackRecord) {
  return {
    StackId: stack.id,
    StackName: stack.name,
    TemplateDescription:
      stack.templateBody === '' ? undefined : parseTemplate(stack.templateBody).description,
    CreationTime: new Date(stack.createdAtMs),
    ...(stack.updatedAtMs === undefined ? {} : { LastUpdatedTime: new Date(stack.updatedAtMs) }),
    ...(stack.deletedAtMs === undefined ? {} : { DeletionTime: new Date(stack.deletedAtMs) }),
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DriftInformation: showDrift(stack),
  }
}
