import { beforeEach, describe, expect, test } from 'vitest'

import type { RequestContext } from '../protocol/service.ts'
import { ACCOUNT_ID, createTestRegion, REGION } from '../testing/test-region.ts'

const IAM = `arn:aws:iam::${ACCOUNT_ID}`
const ANN = `${IAM}:user/ann`
const ROOT = `${IAM}:root`

type Call = <T>(service: string, operation: string, input?: object) => Promise<T>

let root: Call
let ann: Call
let administrator: Call

function policy(...statements: object[]): string {
  const rows = statements.map((statement) => ({ Effect: 'Allow', Resource: '*', ...statement }))
  return JSON.stringify({ Version: '2012-10-17', Statement: rows })
}

beforeEach(async () => {
  const { caller } = (await createTestRegion()).endpoint
  root = (service, operation, input = {}) => caller.call(service, operation, input)
  const person = async (UserName: string, document?: string): Promise<Call> => {
    type Answer = { User: { Arn: string; UserId: string } }
    const { User } = await root<Answer>('iam', 'CreateUser', { UserName })
    if (document !== undefined) {
      await root('iam', 'PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument: document })
    }
    const principal: RequestContext['principal'] = {
      accountId: ACCOUNT_ID,
      arn: User.Arn,
      userId: User.UserId,
      accessKeyId: '',
    }
    return (service, operation, input = {}) => caller.call(service, operation, input, { principal })
  }
  ann = await person('ann')
  administrator = await person('bob', policy({ Action: '*' }))
})

const denied = (call: Promise<unknown>, words: RegExp): Promise<void> =>
  expect(call).rejects.toMatchObject({ message: expect.stringMatching(words) as string })

describe('the policy of a key', () => {
  async function key(Policy?: string): Promise<string> {
    const { KeyMetadata } = await root<{ KeyMetadata: { KeyId: string } }>('kms', 'CreateKey', {
      Policy,
      // Who makes the keys of these tests may be locked out.
      BypassPolicyLockoutSafetyCheck: true,
    })
    return KeyMetadata.KeyId
  }
  const encrypt = async (who: Call, KeyId: string): Promise<Uint8Array> => {
    const input = { KeyId, Plaintext: Buffer.from('secret') }
    return (await who<{ CiphertextBlob: Uint8Array }>('kms', 'Encrypt', input)).CiphertextBlob
  }

  test("leaves it to the account's policies by default", async () => {
    const KeyId = await key()
    await encrypt(administrator, KeyId)
    await denied(encrypt(ann, KeyId), /because no identity-based policy allows the kms:Encrypt action/)
  })

  test('gives a right to whom it names, and to nobody else, whatever their own policies say', async () => {
    const KeyId = await key(
      policy(
        { Principal: { AWS: ANN }, Action: ['kms:Encrypt', 'kms:Decrypt'] },
        { Principal: { AWS: ROOT }, Action: 'kms:PutKeyPolicy' },
      ),
    )
    const CiphertextBlob = await encrypt(ann, KeyId)
    await denied(
      encrypt(administrator, KeyId),
      /because no resource-based policy allows the kms:Encrypt action/,
    )
    // A ciphertext says itself whose it is.
    await ann('kms', 'Decrypt', { CiphertextBlob })
    await denied(administrator('kms', 'Decrypt', { CiphertextBlob }), /no resource-based policy allows/)
  })

  test('does not lock out who sets it', async () => {
    const Policy = policy({ Principal: { AWS: ANN }, Action: 'kms:*' })
    const locked = {
      code: 'MalformedPolicyDocumentException',
      message: 'The new key policy will not allow you to update the key policy in the future.',
    }
    await expect(administrator('kms', 'CreateKey', { Policy })).rejects.toMatchObject(locked)
    const KeyId = await key()
    await expect(administrator('kms', 'PutKeyPolicy', { KeyId, Policy })).rejects.toMatchObject(locked)
    await administrator('kms', 'PutKeyPolicy', { KeyId, Policy, BypassPolicyLockoutSafetyCheck: true })
    await denied(administrator('kms', 'GetKeyPolicy', { KeyId }), /no resource-based policy allows/)
  })

  test('is asked by alias as well', async () => {
    const KeyId = await key(policy({ Principal: { AWS: ANN }, Action: 'kms:Encrypt' }))
    await root('kms', 'CreateAlias', { AliasName: 'alias/mine', TargetKeyId: KeyId })
    await encrypt(ann, 'alias/mine')
    await denied(encrypt(administrator, 'alias/mine'), /no resource-based policy allows/)
  })
})

describe('the policy of a bucket', () => {
  const Bucket = 'assets'
  const OBJECTS = `arn:aws:s3:::${Bucket}/*`

  beforeEach(async () => {
    const CreateBucketConfiguration = { LocationConstraint: REGION }
    await root('s3', 'CreateBucket', { Bucket, CreateBucketConfiguration })
    await root('s3', 'PutObject', { Bucket, Key: 'open/a', Body: Buffer.from('a') })
  })

  test('grants what it names, as far as it names it', async () => {
    await denied(ann('s3', 'GetObject', { Bucket, Key: 'open/a' }), /not authorized|Access Denied/)
    const Resource = `arn:aws:s3:::${Bucket}/open/*`
    const Policy = policy({ Principal: { AWS: ANN }, Action: 's3:GetObject', Resource })
    await root('s3', 'PutBucketPolicy', { Bucket, Policy })
    await ann('s3', 'GetObject', { Bucket, Key: 'open/a' })
    await denied(ann('s3', 'GetObject', { Bucket, Key: 'closed/a' }), /not authorized|Access Denied/)
    await root('s3', 'DeleteBucketPolicy', { Bucket })
    await denied(ann('s3', 'GetObject', { Bucket, Key: 'open/a' }), /not authorized|Access Denied/)
  })

  test('denies an administrator too', async () => {
    const deny = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: OBJECTS }
    await root('s3', 'PutBucketPolicy', { Bucket, Policy: policy(deny) })
    const put = administrator('s3', 'PutObject', { Bucket, Key: 'b', Body: Buffer.from('b') })
    await denied(put, /explicit deny in a resource-based policy|Access Denied/)
    await administrator('s3', 'GetObject', { Bucket, Key: 'open/a' })
  })
})
