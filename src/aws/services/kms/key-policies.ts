// Owns key policies: a key has one, called `default`.
import type {
  GetKeyPolicyRequest,
  GetKeyPolicyResponse,
  ListKeyPoliciesRequest,
  ListKeyPoliciesResponse,
  PutKeyPolicyRequest,
} from '@aws-sdk/client-kms'

import { AwsError, messageOf } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { pageOf, PAGES } from './paging.ts'
import { notFound, type KmsState } from './state.ts'

const NAME = 'default'

/** Refuses what isn't a JSON object with statements. @throws AwsError MalformedPolicyDocumentException */
export function checkPolicy(text: string): void {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new AwsError('MalformedPolicyDocumentException', `Policy is not valid JSON: ${messageOf(error)}`)
  }
  if (typeof document !== 'object' || document === null || !('Statement' in document)) {
    throw new AwsError('MalformedPolicyDocumentException', 'Policy contains a statement with no statements')
  }
}

function checkName(name: string | undefined): void {
  if (name !== undefined && name !== NAME) throw notFound('No such policy exists')
}

/** @throws AwsError NotFoundException */
export const getKeyPolicy = operation<KmsState, GetKeyPolicyRequest, GetKeyPolicyResponse>()({
  honours: ['KeyId', 'PolicyName'],
  handle: (input, kms) => {
    const { policy } = kms.key(input.KeyId)
    checkName(input.PolicyName)
    return { Policy: policy, PolicyName: NAME }
  },
})

/** @throws AwsError NotFoundException, KMSInvalidStateException, MalformedPolicyDocumentException */
export const putKeyPolicy = operation<KmsState, PutKeyPolicyRequest, void>()({
  honours: ['KeyId', 'PolicyName', 'Policy'],
  keeps: ['BypassPolicyLockoutSafetyCheck'],
  handle: async (input, kms) => {
    const { Policy: policy = '' } = input
    const { id } = kms.usableKey(input.KeyId)
    checkName(input.PolicyName)
    checkPolicy(policy)
    await kms.keys.update(id, (key) => ({ ...key, policy }))
  },
})

/** @throws AwsError NotFoundException */
export const listKeyPolicies = operation<KmsState, ListKeyPoliciesRequest, ListKeyPoliciesResponse>()({
  honours: ['KeyId', ...PAGES],
  handle: (input, kms) => {
    kms.key(input.KeyId)
    const { items, page } = pageOf([NAME], input)
    return { PolicyNames: items, ...page }
  },
})
