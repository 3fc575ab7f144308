// Owns CancelUpdateStack and ContinueUpdateRollback: turning an update back, and going on where that has failed.
import type {
  CancelUpdateStackInput,
  ContinueUpdateRollbackInput,
  ContinueUpdateRollbackOutput,
} from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { putStackIn } from '../engine/events.ts'
import { validationError } from '../errors.ts'
import { type CloudFormation, resourcesOf, type StackRecord } from '../state.ts'
import { findStack } from './lookup.ts'

/** The stack goes back to what it was. @throws AwsError ValidationError when it is not being updated */
export const cancelUpdateStack = operation<CloudFormation, CancelUpdateStackInput, void>()({
  honours: ['StackName', 'ClientRequestToken'],
  handle: async (input, cloudformation) => {
    await cloudformation.deps.store.transact((tx) => {
      const stack = findStack(cloudformation, input.StackName)
      if (stack.status !== 'UPDATE_IN_PROGRESS') {
        throw validationError('CancelUpdateStack cannot be called from current stack status')
      }
      turn(tx, cloudformation, {
        ...stack,
        ...stack.previous,
        reason: 'Stack update cancelled',
        ...tokenOf(input),
      })
    })
  },
})

/**
 * Tries again what a rollback has failed at, but for the resources to skip: those stay as they are.
 * @throws AwsError ValidationError; the words for another status, and for what can't be skipped, are Neargate's
 */
export const continueUpdateRollback = operation<
  CloudFormation,
  ContinueUpdateRollbackInput,
  ContinueUpdateRollbackOutput
>()({
  honours: ['StackName', 'ResourcesToSkip', 'ClientRequestToken'],
  keeps: ['RoleARN'],
  handle: async (input, cloudformation) => {
    await cloudformation.deps.store.transact((tx) => {
      const stack = findStack(cloudformation, input.StackName)
      if (stack.status !== 'UPDATE_ROLLBACK_FAILED') {
        throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not continue rollback.`)
      }
      const skipped = input.ResourcesToSkip ?? []
      const resources = resourcesOf(cloudformation, stack.id)
      const wrong = skipped.filter((logicalId) => resources.get(logicalId)?.status !== 'UPDATE_FAILED')
      if (wrong.length > 0) {
        throw validationError(
          `Resources [${wrong.join(', ')}] are not in UPDATE_FAILED and cannot be skipped.`,
        )
      }
      turn(tx, cloudformation, {
        ...stack,
        skippedResources: skipped,
        reason: 'User Initiated',
        ...tokenOf(input),
      })
    })
    return {}
  },
})

function tokenOf({ ClientRequestToken: token }: { ClientRequestToken?: string | undefined }): {
  requestToken?: string
} {
  return token === undefined ? {} : { requestToken: token }
}

function turn(
  tx: Parameters<typeof putStackIn>[0],
  cloudformation: CloudFormation,
  stack: StackRecord,
): void {
  const next = { ...stack, status: 'UPDATE_ROLLBACK_IN_PROGRESS' as const, turn: cloudformation.nextEvent() }
  putStackIn(tx, cloudformation, next)
}
