// Owns key policies: a key has one, called `default`.
import type {
  GetKeyPolicyRequest,
  GetKeyPolicyResponse,
  ListKeyPoliciesRequest,
  ListKeyPoliciesResponse,
  PutKeyPolicyRequest,
} from '@aws-sdk/client-kms'

import { AwsError, messageOf } from '../../../base/errors.ts'
import { compilePolicy } from '../../../rules/iam/compile-policy.ts'
import { decide } from '../../../rules/iam/evaluate.ts'
import type { Principal } from '../../protocol/service.ts'
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

const EVERYTHING = compilePolicy(
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }),
)

/**
 * The lockout safety check: who sets a policy must be left the right to set another one.
 * @throws AwsError MalformedPolicyDocumentException
 */
export function checkLockout(
  policy: string,
  { arn, accountId, session }: Principal,
  isBypassed: boolean | undefined,
): void {
  if (isBypassed === true) return
  const principal = { arn, accountId, roleArn: session?.roleArn }
  const resource = { policy: compilePolicy(policy), principal, isRequired: true, kind: 'resource' as const }
  const request = { action: 'kms:PutKeyPolicy', resource: '*', keys: {} }
  if (decide(request, { identity: [EVERYTHING], resource }).allowed) return
  throw new AwsError(
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  )
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
  honours: ['KeyId', 'PolicyName', 'Policy', 'BypassPolicyLockoutSafetyCheck'],
  handle: async (input, kms, { principal }) => {
    const { Policy: policy = '' } = input
    const { id } = kms.usableKey(input.KeyId)
    checkName(input.PolicyName)
    checkPolicy(policy)
    checkLockout(policy, principal, input.BypassPolicyLockoutSafetyCheck)
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
