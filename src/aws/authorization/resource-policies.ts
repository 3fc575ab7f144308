// Owns the policies of keys and buckets, which decide beside those of the caller.
// Source: KMS Developer Guide, "Key policies": nobody has a right to a key that its policy doesn't give or leave to the
// account's IAM. S3 User Guide, "Bucket policies": in its own account a bucket's policy grants by itself, and denies.
import { compilePolicy } from '../../rules/iam/compile-policy.ts'
import type { ResourcePolicy } from '../../rules/iam/evaluate.ts'
import { keyIdOf } from '../../rules/kms/ciphertext.ts'
import type { AwsCaller, Principal } from '../protocol/service.ts'
import type { InputValues } from './input-values.ts'

export interface Owned {
  /** `kms:Decrypt` */
  readonly action: string
  /** The ARN that is asked about. */
  readonly arn: string
  readonly input: object
  readonly values: InputValues
}

const KMS = 'kms:'
const S3 = 's3:'

/** Whether the policy of a resource may have a say in an action: then an administrator is judged too. */
export function mayHaveOwnPolicy(action: string): boolean {
  return action.startsWith(KMS) || action.startsWith(S3)
}

/** The policy of the key or the bucket that a call is about; undefined where there is none. */
export async function policyOfResource(
  caller: AwsCaller,
  owned: Owned,
  { arn, accountId, session }: Principal,
): Promise<ResourcePolicy | undefined> {
  const isKey = owned.action.startsWith(KMS)
  const text = isKey ? await keyPolicy(caller, owned) : await bucketPolicy(caller, owned)
  if (text === undefined) return undefined
  return {
    policy: compilePolicy(text),
    principal: { arn, accountId, roleArn: session?.roleArn },
    isRequired: isKey,
    kind: 'resource',
  }
}

// Of a ciphertext the key is asked that made it.
async function keyPolicy(caller: AwsCaller, { input, values }: Owned): Promise<string | undefined> {
  const blob: unknown = 'CiphertextBlob' in input ? input.CiphertextBlob : undefined
  const [named] = values.of(['KeyId', 'TargetKeyId', 'SourceKeyId'])
  const KeyId = named ?? (blob instanceof Uint8Array ? keyIdOf(blob) : undefined)
  if (KeyId === undefined) return undefined
  type Answer = { readonly Policy?: string }
  return (await ask<Answer>(caller, ['kms', 'GetKeyPolicy'], { KeyId }))?.Policy
}

async function bucketPolicy(caller: AwsCaller, { arn }: Owned): Promise<string | undefined> {
  const [, path = ''] = arn.split(':::')
  const [Bucket = ''] = path.split('/')
  if (Bucket === '' || Bucket.includes('*')) return undefined
  type Answer = { readonly Policy?: string }
  return (await ask<Answer>(caller, ['s3', 'GetBucketPolicy'], { Bucket }))?.Policy
}

// What is not there has no policy; the service itself says so.
async function ask<Answer>(
  caller: AwsCaller,
  [service, operation]: readonly [string, string],
  input: object,
): Promise<Answer | undefined> {
  return await caller.call<Answer>(service, operation, input).catch(() => undefined)
}
