// Owns what IAM takes as a policy document, and the answer to one that it doesn't.
import { parsePolicy, PolicyError, type PolicyKind } from '../../../rules/iam/policy-document.ts'
import { limitExceeded, malformedPolicy } from './errors.ts'

/** "IAM and AWS STS quotas": characters of a document, white space not counted. */
const QUOTAS = {
  managed: { name: 'PolicySize', size: 6144 },
  // All inline policies of a role count together.
  inline: undefined,
  trust: { name: 'ACLSizePerRole', size: 2048 },
} as const

/**
 * Refuses a document that is no policy, or too long.
 * @throws AwsError MalformedPolicyDocument, LimitExceeded
 */
export function checkPolicy(document: string, kind: Exclude<PolicyKind, 'any'>): void {
  try {
    parsePolicy(document, kind)
  } catch (error) {
    if (error instanceof PolicyError) throw malformedPolicy(error.message)
    throw error
  }
  const quota = QUOTAS[kind]
  if (quota && sizeOf(document) > quota.size) {
    throw limitExceeded(`Cannot exceed quota for ${quota.name}: ${quota.size}`)
  }
}

/** The characters of a document that count. */
export function sizeOf(document: string): number {
  return document.replaceAll(/\s/g, '').length
}
