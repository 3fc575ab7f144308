// Owns UpdateStack, and beginning an update for change sets.
import type { UpdateStackInput, UpdateStackOutput } from '@aws-sdk/client-cloudformation'

import { deepEqual } from '../../../../base/json.ts'
import type { Writer } from '../../../../store/store.ts'
import { operation } from '../../../protocol/operation.ts'
import { putStackIn } from '../engine/events.ts'
import { validationError } from '../errors.ts'
import type { CloudFormation, StackRecord, StackSource } from '../state.ts'
import { checkStackPolicy } from '../template/stack-policy.ts'
import { parseTemplate } from '../template/template.ts'
import { findStack, isBusy } from './lookup.ts'
import { prepareSource } from './prepare-source.ts'
import { readSource } from './source.ts'

const UPDATABLE = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE']

/** @throws AwsError ValidationError, InsufficientCapabilitiesException */
export const updateStack = operation<CloudFormation, UpdateStackInput, UpdateStackOutput>()({
  honours: [
    'StackName',
    'TemplateBody',
    'TemplateURL',
    'UsePreviousTemplate',
    'Parameters[].ParameterKey',
    'Parameters[].ParameterValue',
    'Parameters[].UsePreviousValue',
    'Capabilities',
    'Tags[].Key',
    'Tags[].Value',
    'StackPolicyBody',
    'StackPolicyDuringUpdateBody',
    'ClientRequestToken',
  ],
  // ResolvedValue is for answers: whoever sends back what DescribeStacks told gets along.
  keeps: ['RoleARN', 'Parameters[].ResolvedValue'],
  handle: async (input, cloudformation, request) => {
    findStack(cloudformation, input.StackName)
    const { StackPolicyBody: policy, StackPolicyDuringUpdateBody: policyDuringUpdate } = input
    for (const text of [policy, policyDuringUpdate]) if (text !== undefined) checkStackPolicy(text)
    const prepared = await prepareSource(cloudformation, input, request.principal)
    // Of two updates at once the second finds the stack at work, in the same turn that sets it to work.
    return await cloudformation.deps.store.transact((tx) => {
      const stack = findStack(cloudformation, input.StackName)
      const { ClientRequestToken: token } = input
      if (token !== undefined && stack.requestToken === token) return { StackId: stack.id }
      requireUpdatable(stack)
      const source = readSource(cloudformation, stack, { input, prepared })
      if (isUnchanged(stack, source)) throw validationError('No updates are to be performed.')
      beginUpdateIn(tx, cloudformation, {
        stack,
        source,
        more: {
          capabilities: input.Capabilities ?? [],
          ...(token === undefined ? {} : { requestToken: token }),
          ...(input.RoleARN ? { roleArn: input.RoleARN } : {}),
          ...(policy === undefined ? {} : { policy }),
          ...(policyDuringUpdate === undefined ? {} : { policyDuringUpdate }),
        },
      })
      return { StackId: stack.id }
    })
  },
})

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

/** Turns the stack to the new source as part of a transaction; the reconciler does the rest. */
export function beginUpdateIn(
  tx: Writer,
  cloudformation: CloudFormation,
  to: { stack: StackRecord; source: StackSource; more: Partial<StackRecord> },
): void {
  const { templateBody, parameters, tags } = to.stack
  const { fault: _fault, skippedResources: _skipped, policyDuringUpdate: _policy, ...stack } = to.stack
  putStackIn(tx, cloudformation, {
    ...stack,
    ...to.source,
    ...to.more,
    status: 'UPDATE_IN_PROGRESS',
    reason: 'User Initiated',
    updatedAtMs: cloudformation.deps.clock.now(),
    turn: cloudformation.nextEvent(),
    previous: { templateBody, parameters, tags },
  })
}
