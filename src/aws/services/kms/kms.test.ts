import type {
  CreateKeyResponse,
  DecryptResponse,
  DescribeKeyResponse,
  EncryptResponse,
  GenerateDataKeyResponse,
  GetKeyRotationStatusResponse,
  ListAliasesResponse,
  ListKeysResponse,
} from '@aws-sdk/client-kms'
import { expect, test } from 'vitest'

import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { createTestRegion } from '../../testing/test-region.ts'

const DAY = 86_400_000

async function kms() {
  const clock = new FakeClock(Date.parse('2026-06-01T00:00:00Z'))
  const region = await createTestRegion({ clock })
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('kms', operation, input)
  const { KeyMetadata } = await call<CreateKeyResponse>('CreateKey', { Description: 'first' })
  return { region, clock, call, key: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' }
}

test('a key is found by its id, its ARN, an alias and the alias’s ARN', async () => {
  const { call, key, arn } = await kms()
  await call('CreateAlias', { AliasName: 'alias/eks/demo', TargetKeyId: key })
  const aliasArn = arn.replace(/key\/.*/, 'alias/eks/demo')
  for (const KeyId of [key, arn, 'alias/eks/demo', aliasArn]) {
    const { KeyMetadata } = await call<DescribeKeyResponse>('DescribeKey', { KeyId })
    expect(KeyMetadata).toMatchObject({
      KeyId: key,
      Arn: arn,
      KeyState: 'Enabled',
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
    })
  }
  await expect(call('DescribeKey', { KeyId: 'alias/none' })).rejects.toMatchObject({
    code: 'NotFoundException',
    message: 'Alias arn:aws:kms:ap-southeast-1:111122223333:alias/none is not found.',
  })
})

test('what is encrypted is decrypted with the same context alone', async () => {
  const { call, key, arn } = await kms()
  const context = { EncryptionContext: { a: '1', b: '2' } }
  const Plaintext = Buffer.from('a secret of a pod')
  const { CiphertextBlob } = await call<EncryptResponse>('Encrypt', { KeyId: key, Plaintext, ...context })
  const hidden = Buffer.from(CiphertextBlob ?? [])
  expect(hidden.includes(Plaintext)).toBe(false)
  const read = (input: object) => call<DecryptResponse>('Decrypt', { CiphertextBlob: hidden, ...input })
  const shown = await read({ EncryptionContext: { b: '2', a: '1' } })
  expect([Buffer.from(shown.Plaintext ?? []).toString(), shown.KeyId]).toEqual(['a secret of a pod', arn])
  const invalid = { code: 'InvalidCiphertextException' }
  await expect(read({})).rejects.toMatchObject(invalid)
  await expect(read({ CiphertextBlob: hidden.subarray(0, -1), ...context })).rejects.toMatchObject(invalid)
  const other = await call<CreateKeyResponse>('CreateKey')
  await expect(read({ KeyId: other.KeyMetadata?.KeyId, ...context })).rejects.toMatchObject({
    code: 'IncorrectKeyException',
  })
  await call('DisableKey', { KeyId: key })
  await expect(read(context)).rejects.toMatchObject({
    code: 'DisabledException',
    message: `${arn} is disabled.`,
  })
})

test('a data key comes in the clear and encrypted', async () => {
  const { call, key } = await kms()
  const made = await call<GenerateDataKeyResponse>('GenerateDataKey', { KeyId: key, KeySpec: 'AES_128' })
  expect(made.Plaintext).toHaveLength(16)
  const shown = await call<DecryptResponse>('Decrypt', { CiphertextBlob: made.CiphertextBlob })
  expect(shown.Plaintext).toEqual(made.Plaintext)
  await expect(call('GenerateDataKey', { KeyId: key })).rejects.toMatchObject({ code: 'ValidationException' })
})

test('a scheduled deletion can be taken back until its day, and not after', async () => {
  const { call, clock, key, arn } = await kms()
  await call('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: 7 })
  await expect(call('Encrypt', { KeyId: key, Plaintext: Buffer.from('x') })).rejects.toMatchObject({
    code: 'KMSInvalidStateException',
    message: `${arn} is pending deletion.`,
  })
  await call('CancelKeyDeletion', { KeyId: key })
  const { KeyMetadata } = await call<DescribeKeyResponse>('DescribeKey', { KeyId: key })
  expect(KeyMetadata).toMatchObject({ KeyState: 'Disabled', Enabled: false })
  await call('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: 7 })
  await clock.advance(7 * DAY)
  await expect(call('DescribeKey', { KeyId: key })).rejects.toMatchObject({
    message: `Key '${arn}' does not exist`,
  })
  expect((await call<ListKeysResponse>('ListKeys')).Keys).toEqual([])
})

test('the key of a service is there when it is first named', async () => {
  const { call } = await kms()
  const named = { KeyId: 'alias/aws/ebs' }
  const first = await call<DescribeKeyResponse>('DescribeKey', named)
  const second = await call<DescribeKeyResponse>('DescribeKey', named)
  expect(first.KeyMetadata?.KeyManager).toBe('AWS')
  expect(second.KeyMetadata?.KeyId).toBe(first.KeyMetadata?.KeyId)
  const { Aliases } = await call<ListAliasesResponse>('ListAliases')
  expect(Aliases?.map(({ AliasName }) => AliasName)).toEqual(['alias/aws/ebs'])
})

test('rotation, tags and the policy of a key are kept', async () => {
  const { call, key } = await kms()
  await call('EnableKeyRotation', { KeyId: key, RotationPeriodInDays: 180 })
  expect(await call<GetKeyRotationStatusResponse>('GetKeyRotationStatus', { KeyId: key })).toMatchObject({
    KeyRotationEnabled: true,
    RotationPeriodInDays: 180,
    NextRotationDate: new Date('2026-11-28T00:00:00Z'),
  })
  await call('TagResource', { KeyId: key, Tags: [{ TagKey: 'k', TagValue: 'v' }] })
  expect(await call('ListResourceTags', { KeyId: key })).toMatchObject({
    Tags: [{ TagKey: 'k', TagValue: 'v' }],
  })
  const { Policy } = await call<{ Policy: string }>('GetKeyPolicy', { KeyId: key })
  expect(JSON.parse(Policy)).toMatchObject({ Id: 'key-default-1' })
  await expect(call('PutKeyPolicy', { KeyId: key, Policy: 'no' })).rejects.toMatchObject({
    code: 'MalformedPolicyDocumentException',
  })
})

test.each<[object, string, string]>([
  [{ AliasName: 'first' }, 'ValidationException', 'Invalid identifier'],
  [{ AliasName: 'alias/aws/mine' }, 'NotAuthorizedException', 'reserved'],
  [
    { AliasName: 'alias/a', TargetKeyId: 'alias/b' },
    'ValidationException',
    'Aliases must refer to keys. Not aliases',
  ],
  [{ AliasName: 'alias/a', TargetKeyId: 'none' }, 'NotFoundException', 'does not exist'],
])('the alias %j is refused', async (input, code, message) => {
  const { call, key } = await kms()
  const failure = await call('CreateAlias', { TargetKeyId: key, ...input }).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code, message: expect.stringContaining(message) })
})

test('a key is made by a request that names every default, as Terraform and Ansible send it', async () => {
  const region = await createTestRegion()
  const made = await region.endpoint.caller.call('kms', 'CreateKey', {
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyUsage: 'ENCRYPT_DECRYPT',
    MultiRegion: false,
    Origin: 'AWS_KMS',
  })
  expect(made).toMatchObject({ KeyMetadata: { KeySpec: 'SYMMETRIC_DEFAULT', KeyState: 'Enabled' } })
})
