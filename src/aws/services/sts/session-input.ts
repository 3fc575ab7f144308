// Owns what a request for a session may ask it to be narrowed to and tagged with.
import type { PolicyDescriptorType, Tag } from '@aws-sdk/client-sts'

import { AwsError } from '../../../base/errors.ts'
import { parsePolicy, PolicyError } from '../../../rules/iam/policy-document.ts'
import type { PrincipalSession } from '../../protocol/service.ts'

/** Session policies, checked. @throws AwsError MalformedPolicyDocument */
export function readSessionPolicies(input: {
  readonly Policy?: string | undefined
  readonly PolicyArns?: readonly PolicyDescriptorType[] | undefined
}): Pick<PrincipalSession, 'policies'> {
  const { Policy: document, PolicyArns = [] } = input
  if (document !== undefined) checkDocument(document)
  if (document === undefined && PolicyArns.length === 0) return {}
  const arns = PolicyArns.flatMap(({ arn }) => (arn === undefined ? [] : [arn]))
  return { policies: { arns, ...(document === undefined ? {} : { document }) } }
}

function checkDocument(document: string): void {
  try {
    parsePolicy(document, 'inline')
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw new AwsError('MalformedPolicyDocument', error.message)
  }
}

/**
 * Session tags. @param taken keys of the transitive tags that the session has already
 * @throws AwsError InvalidParameterValue
 */
export function readSessionTags(
  tags: readonly Tag[] | undefined,
  taken: readonly string[],
): Record<string, string> {
  const given = (tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
  const keys = given.map(([key]) => key.toLowerCase())
  if (new Set(keys).size < keys.length) {
    throw new AwsError(
      'InvalidParameterValue',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    )
  }
  const repeated = taken.find((key) => keys.includes(key.toLowerCase()))
  if (repeated !== undefined) {
    throw new AwsError(
      'InvalidParameterValue',
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
  }
  return Object.fromEntries(given)
}
