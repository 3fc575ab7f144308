// Owns UpdateTerminationProtection.
import type {
  UpdateTerminationProtectionInput,
  UpdateTerminationProtectionOutput,
} from '@aws-sdk/client-cloudformation'

import { type CloudFormation, keyOfStack } from '../state.ts'
import { findStack } from './lookup.ts'

/** @throws AwsError ValidationError */
export async function updateTerminationProtection(
  input: UpdateTerminationProtectionInput,
  cloudformation: CloudFormation,
): Promise<UpdateTerminationProtectionOutput> {
  const stack = findStack(cloudformation, input.StackName)
  await cloudformation.tables.stacks.update(keyOfStack(stack.id), (current) => ({
    ...current,
    terminationProtection: input.EnableTerminationProtection ?? false,
  }))
  return { StackId: stack.id }
}
