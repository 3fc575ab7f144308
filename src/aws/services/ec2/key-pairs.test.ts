import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { DescribeKeyPairsResult, ImportKeyPairResult, KeyPair } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'
import { readSshKey } from './ssh-keys.ts'

const ED25519 =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl somebody@example'

async function ec2() {
  const region = await createTestRegion()
  return <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
}

test('a made key is handed out once, and its public half stays', async () => {
  const call = await ec2()
  const made = await call<KeyPair>('CreateKeyPair', { KeyName: 'nodes' })
  expect(made.KeyMaterial).toMatch(/^-----BEGIN RSA PRIVATE KEY-----/)
  const { KeyPairs } = await call<DescribeKeyPairsResult>('DescribeKeyPairs', { IncludePublicKey: true })
  expect(KeyPairs).toMatchObject([
    { KeyName: 'nodes', KeyPairId: made.KeyPairId, KeyType: 'rsa', KeyFingerprint: made.KeyFingerprint },
  ])
  expect(made.KeyFingerprint).toMatch(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/)
  const imported = readSshKey(KeyPairs?.[0]?.PublicKey ?? '')
  const own = createPublicKey(createPrivateKey(made.KeyMaterial ?? '')).export({ format: 'jwk' })
  const blob = Buffer.from(imported.publicKey.split(' ')[1] ?? '', 'base64')
  expect(blob.includes(Buffer.from(own.n ?? '', 'base64url'))).toBe(true)
})

test('an Ed25519 key is one that OpenSSH can read', async () => {
  const call = await ec2()
  const made = await call<KeyPair>('CreateKeyPair', { KeyName: 'nodes', KeyType: 'ed25519' })
  const file = Buffer.from((made.KeyMaterial ?? '').replace(/-----.*?-----|\n/g, ''), 'base64')
  const { KeyPairs } = await call<DescribeKeyPairsResult>('DescribeKeyPairs', { IncludePublicKey: true })
  const blob = Buffer.from(KeyPairs?.[0]?.PublicKey?.split(' ')[1] ?? '', 'base64')
  expect(file.subarray(0, 15).toString()).toBe('openssh-key-v1\0')
  // The public key stands in the clear, then again beside the private one.
  expect(file.indexOf(blob)).toBeGreaterThan(0)
  expect(file.indexOf(blob.subarray(-32), file.indexOf(blob) + blob.length)).toBeGreaterThan(0)
  expect(made.KeyFingerprint).toBe(readSshKey(KeyPairs?.[0]?.PublicKey ?? '').fingerprint)
})

test('a public key is imported as a line, and found by name, id and fingerprint', async () => {
  const call = await ec2()
  const { KeyPairId, KeyFingerprint } = await call<ImportKeyPairResult>('ImportKeyPair', {
    KeyName: 'mine',
    PublicKeyMaterial: Buffer.from(ED25519),
    TagSpecifications: [{ ResourceType: 'key-pair', Tags: [{ Key: 'team', Value: 'blue' }] }],
  })
  expect(KeyFingerprint).toMatch(/^[A-Za-z0-9+/]{43}=$/)
  for (const by of [
    { KeyNames: ['mine'] },
    { KeyPairIds: [KeyPairId] },
    { Filters: [{ Name: 'fingerprint', Values: [KeyFingerprint] }] },
    { Filters: [{ Name: 'tag:team', Values: ['blue'] }] },
  ]) {
    const { KeyPairs } = await call<DescribeKeyPairsResult>('DescribeKeyPairs', by)
    expect(KeyPairs).toMatchObject([{ KeyName: 'mine', KeyType: 'ed25519' }])
    expect(KeyPairs?.[0]).not.toHaveProperty('PublicKey')
  }
  await call('DeleteKeyPair', { KeyName: 'mine' })
  await call('DeleteKeyPair', { KeyName: 'mine' })
  await expect(call('DescribeKeyPairs', { KeyNames: ['mine'] })).rejects.toMatchObject({
    code: 'InvalidKeyPair.NotFound',
    message: "The key pair 'mine' does not exist",
  })
})

test('a name is taken once, and a key is a key', async () => {
  const call = await ec2()
  await call('CreateKeyPair', { KeyName: 'nodes', KeyType: 'ed25519' })
  for (const operation of ['CreateKeyPair', 'ImportKeyPair']) {
    const key = operation === 'ImportKeyPair' ? { PublicKeyMaterial: Buffer.from(ED25519) } : {}
    await expect(call(operation, { KeyName: 'nodes', ...key })).rejects.toMatchObject({
      code: 'InvalidKeyPair.Duplicate',
      message: "The keypair 'nodes' already exists.",
    })
  }
  for (const text of ['', 'ssh-rsa', 'ssh-rsa AAAA', `${ED25519.slice(0, 40)}`]) {
    await expect(
      call('ImportKeyPair', { KeyName: 'bad', PublicKeyMaterial: Buffer.from(text) }),
    ).rejects.toMatchObject({ code: 'InvalidKey.Format' })
  }
})
