// Owns CreateChangeSet: what would change, decided at once and kept until it is executed.
import type { CreateChangeSetInput, CreateChangeSetOutput } from '@aws-sdk/client-cloudformation'

import { AwsError } from '../../../../base/errors.ts'
import { operation } from '../../../protocol/operation.ts'
import type { RequestContext } from '../../../protocol/service.ts'
import { putStackIn } from '../engine/events.ts'
import { validationError } from '../errors.ts'
import {
  type ChangeSetRecord,
  type CloudFormation,
  keyOfStack,
  type StackRecord,
  type StackSource,
} from '../state.ts'
import { checkName, draftStack } from '../stacks/create-stack.ts'
import { findStack, lookUp } from '../stacks/lookup.ts'
import { prepareSource } from '../stacks/prepare-source.ts'
import { readSource } from '../stacks/source.ts'
import { isUnchanged, requireUpdatable } from '../stacks/update-stack.ts'
import { changesOf } from './changes.ts'

type Input = Pick<
  CreateChangeSetInput,
  | 'StackName'
  | 'ChangeSetName'
  | 'ChangeSetType'
  | 'Capabilities'
  | 'Tags'
  | 'ClientToken'
  | 'OnStackFailure'
  | 'RoleARN'
  | 'Description'
>

const UNCHANGED =
  "The submitted information didn't contain changes. Submit different information to create a change set."

/** @throws AwsError ValidationError, AlreadyExistsException, InsufficientCapabilitiesException */
export const createChangeSet = operation<CloudFormation, CreateChangeSetInput, CreateChangeSetOutput>()({
  honours: [
    'StackName',
    'ChangeSetName',
    'ChangeSetType',
    'TemplateBody',
    'TemplateURL',
    'UsePreviousTemplate',
    'Parameters[].ParameterKey',
    'Parameters[].ParameterValue',
    'Parameters[].UsePreviousValue',
    'Capabilities',
    'Tags[].Key',
    'Tags[].Value',
    'ClientToken',
    'OnStackFailure',
    // No type of a nested stack is emulated: all of them are always included.
    'IncludeNestedStacks',
  ],
  // ResolvedValue is for answers: whoever sends back what DescribeStacks told gets along.
  keeps: ['RoleARN', 'Description', 'ImportExistingResources', 'Parameters[].ResolvedValue'],
  handle: async (input, cloudformation, request) => {
    const type = input.ChangeSetType ?? 'UPDATE'
    if (type === 'IMPORT') throw validationError('ChangeSetType IMPORT is not emulated by Neargate.')
    if (type === 'UPDATE' && input.OnStackFailure !== undefined && input.OnStackFailure !== 'ROLLBACK') {
      throw validationError(
        `OnStackFailure ${input.OnStackFailure} of an update is not emulated by Neargate.`,
      )
    }
    const prepared = await prepareSource(cloudformation, input, request.principal)
    return await cloudformation.deps.store.transact((tx) => {
      const { stack, isNew } = stackFor(input, cloudformation, request)
      const name = input.ChangeSetName ?? ''
      const key = `${keyOfStack(stack.id)}/${name}`
      const existing = cloudformation.tables.changeSets.get(key)
      // The name of one that was executed is free again (elias5000/clouds-aws#9, eksctl-io/eksctl#4116).
      if (existing && existing.executionStatus !== 'EXECUTE_COMPLETE') {
        const { ClientToken: token } = input
        if (token !== undefined && existing.token === token) return { Id: existing.id, StackId: stack.id }
        throw new AwsError('AlreadyExistsException', `ChangeSet ${name} already exists`)
      }
      const source = readSource(cloudformation, stack, { input, prepared })
      const record = draft(cloudformation, { input, type, stack, source })
      // A refused change set leaves no stack behind.
      if (isNew) putStackIn(tx, cloudformation, stack)
      cloudformation.tables.changeSets.putIn(tx, key, record)
      return { Id: record.id, StackId: stack.id }
    })
  },
})

function draft(
  cloudformation: CloudFormation,
  from: {
    input: Input
    type: ChangeSetRecord['type']
    stack: StackRecord
    source: StackSource
  },
): ChangeSetRecord {
  const { input, type, stack, source } = from
  const name = input.ChangeSetName ?? ''
  const { region, accountId, ids, clock } = cloudformation.deps
  const isEmpty = type === 'UPDATE' && isUnchanged(stack, source)
  return {
    ...source,
    id: `arn:aws:cloudformation:${region}:${accountId}:changeSet/${name}/${ids.uuid()}`,
    name,
    stackId: stack.id,
    stackName: stack.name,
    type,
    status: isEmpty ? 'FAILED' : 'CREATE_COMPLETE',
    executionStatus: isEmpty ? 'UNAVAILABLE' : 'AVAILABLE',
    createdAtMs: clock.now(),
    capabilities: input.Capabilities ?? [],
    changes: isEmpty ? [] : changesOf(cloudformation, stack, source),
    ...(isEmpty ? { reason: UNCHANGED } : {}),
    ...(input.Description ? { description: input.Description } : {}),
    ...(input.ClientToken === undefined ? {} : { token: input.ClientToken }),
  }
}

function stackFor(
  input: Input,
  cloudformation: CloudFormation,
  request: RequestContext,
): { stack: StackRecord; isNew: boolean } {
  const name = input.StackName ?? ''
  if (input.ChangeSetType !== 'CREATE') {
    const stack = findStack(cloudformation, name)
    requireUpdatable(stack)
    return { stack, isNew: false }
  }
  const existing = lookUp(cloudformation, name)
  if (existing?.status === 'REVIEW_IN_PROGRESS') return { stack: existing, isNew: false }
  if (existing) {
    throw validationError(
      `Stack [${name}] already exists and cannot be created again with the changeSet [${input.ChangeSetName}].`,
    )
  }
  checkName(name)
  const { OnStackFailure: OnFailure, ...rest } = input
  const asked = { ...rest, ...(OnFailure === undefined ? {} : { OnFailure }) }
  const stack = draftStack(cloudformation, { name, input: asked, request })
  return { stack: { ...stack, reason: 'User Initiated' }, isNew: true }
}
