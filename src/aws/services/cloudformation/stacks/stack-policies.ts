// Owns SetStackPolicy and GetStackPolicy.
import type {
  GetStackPolicyInput,
  GetStackPolicyOutput,
  SetStackPolicyInput,
} from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { validationError } from '../errors.ts'
import { type CloudFormation, keyOfStack } from '../state.ts'
import { checkStackPolicy } from '../template/stack-policy.ts'
import { findStack } from './lookup.ts'
import { fetchText } from './template-url.ts'

/** A policy can be replaced, and not taken away again. @throws AwsError ValidationError */
export const setStackPolicy = operation<CloudFormation, SetStackPolicyInput, void>()({
  honours: ['StackName', 'StackPolicyBody', 'StackPolicyURL'],
  handle: async (input, cloudformation, { principal }) => {
    const { StackPolicyBody: body, StackPolicyURL: url } = input
    if (body !== undefined && url !== undefined)
      throw validationError('You cannot specify both StackPolicyURL and StackPolicyBody')
    const policy =
      url === undefined ? body : await fetchText(cloudformation, { url, member: 'StackPolicyURL', principal })
    if (policy === undefined)
      throw validationError('Either StackPolicyBody or StackPolicyURL must be specified.')
    checkStackPolicy(policy)
    const { id } = findStack(cloudformation, input.StackName)
    await cloudformation.tables.stacks.update(keyOfStack(id), (current) => ({ ...current, policy }))
  },
})

/** @throws AwsError ValidationError */
export const getStackPolicy = operation<CloudFormation, GetStackPolicyInput, GetStackPolicyOutput>()({
  honours: ['StackName'],
  handle: (input, cloudformation) => {
    const { policy } = findStack(cloudformation, input.StackName)
    return policy === undefined ? {} : { StackPolicyBody: policy }
  },
})
