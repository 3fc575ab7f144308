// Owns UpdateTerminationProtection.
import type {
  UpdateTerminationProtectionInput,
  UpdateTerminationProtectionOutput,
} from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { type CloudFormation, keyOfStack } from '../state.ts'
import { findStack } from './lookup.ts'

/** @throws AwsError ValidationError */
export const updateTerminationProtection = operation<
  CloudFormation,
  UpdateTerminationProtectionInput,
  UpdateTerminationProtectionOutput
>()({
  honours: ['StackName', 'EnableTerminationProtection'],
  handle: async (input, cloudformation) => {
    const stack = findStack(cloudformation, input.StackName)
    await cloudformation.tables.stacks.update(keyOfStack(stack.id), (current) => ({
      ...current,
      terminationProtection: input.EnableTerminationProtection ?? false,
    }))
    return { StackId: stack.id }
  },
})
