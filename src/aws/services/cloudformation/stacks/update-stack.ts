// Owns UpdateStack, and beginning an update for change sets.
import type { UpdateStackInput, UpdateStackOutput } from '@aws-sdk/client-cloudformation'

import { deepEqual } from '../../../../base/json.ts'
import { moveStack } from '../engine/events.ts'
import { validationError } from '../errors.ts'
import type { CloudFormation, StackRecord, StackSource } from '../state.ts'
import { parseTemplate } from '../template/template.ts'
import { findStack, isBusy } from './lookup.ts'
import { readSource } from './source.ts'

const UPDATABLE = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE']

/** @throws AwsError ValidationError, InsufficientCapabilitiesException */
export async function updateStack(
  input: UpdateStackInput,
  cloudformation: CloudFormation,
): Promise<UpdateStackOutput> {
  const stack = findStack(cloudformation, input.StackName)
  requireUpdatable(stack)
  const source = readSource(cloudformation, stack, input)
  if (isUnchanged(stack, source)) throw validationError('No updates are to be performed.')
  await beginUpdate(cloudformation, stack, { source, capabilities: input.Capabilities ?? [] })
  return { StackId: stack.id }
}

/** @throws AwsError ValidationError when the stack's status does not allow an update */
export function requireUpdatable(stack: StackRecord): void {
  if (isBusy(stack) || !UPDATABLE.includes(stack.status)) {
    throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`)
  }
}

/** True when the source says the same as what the stack was made from, however it is written. */
export function isUnchanged(stack: StackRecord, source: StackSource): boolean {
  return (
    deepEqual(parseTemplate(stack.templateBody), parseTemplate(source.templateBody)) &&
    deepEqual(stack.parameters, source.parameters) &&
    deepEqual(stack.tags, source.tags)
  )
}

/** Turns the stack to the new source; the reconciler does the rest. */
export async function beginUpdate(
  cloudformation: CloudFormation,
  stack: StackRecord,
  to: { source: StackSource; capabilities: readonly string[]; changeSetId?: string },
): Promise<void> {
  const { templateBody, parameters, tags } = stack
  await moveStack(cloudformation, stack, {
    ...to.source,
    status: 'UPDATE_IN_PROGRESS',
    reason: 'User Initiated',
    capabilities: to.capabilities,
    updatedAtMs: cloudformation.deps.clock.now(),
    previous: { templateBody, parameters, tags },
    ...(to.changeSetId ? { changeSetId: to.changeSetId } : {}),
  })
}
