// Owns DeleteStack: the status changes before it answers, the work follows.
import type { DeleteStackInput } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { putStackIn } from '../engine/events.ts'
import { importedBy } from '../engine/exports.ts'
import { validationError } from '../errors.ts'
import type { CloudFormation } from '../state.ts'
import { lookUp } from './lookup.ts'

/** Deleting what is not there is no error. @throws AwsError ValidationError */
export const deleteStack = operation<CloudFormation, DeleteStackInput, object>()({
  honours: ['StackName', 'RetainResources', 'ClientRequestToken'],
  keeps: ['RoleARN'],
  handle: async (input, cloudformation) =>
    await cloudformation.deps.store.transact((tx) => {
      const stack = lookUp(cloudformation, input.StackName ?? '')
      if (!stack || stack.status === 'DELETE_COMPLETE' || stack.status === 'DELETE_IN_PROGRESS') return {}
      if (stack.terminationProtection) {
        throw validationError(
          `Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`,
        )
      }
      const { reason: _reason, retainResources: _retained, ...rest } = stack
      const used = stack.outputs.find(
        ({ ExportName }) => importedBy(cloudformation, stack, ExportName) !== '',
      )
      if (used) {
        // AWS answers 200, and an event with the status that the stack has already tells of it.
        const by = importedBy(cloudformation, stack, used.ExportName)
        const reason = `Delete canceled. Cannot delete export ${used.ExportName} as it is in use by ${by}.`
        putStackIn(tx, cloudformation, { ...stack, reason })
        return {}
      }
      putStackIn(tx, cloudformation, {
        ...rest,
        status: 'DELETE_IN_PROGRESS',
        reason: 'User Initiated',
        turn: cloudformation.nextEvent(),
        ...(input.RetainResources?.length ? { retainResources: input.RetainResources } : {}),
        ...(input.ClientRequestToken === undefined ? {} : { requestToken: input.ClientRequestToken }),
      })
      return {}
    }),
})
