// Owns key pairs: made here, or imported. The private half of a made one is shown once and not kept.
import type {
  CreateKeyPairRequest,
  DeleteKeyPairRequest,
  DeleteKeyPairResult,
  DescribeKeyPairsRequest,
  DescribeKeyPairsResult,
  ImportKeyPairRequest,
  ImportKeyPairResult,
  KeyPair,
  KeyPairInfo,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { notFound } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { makeSshKey, readSshKey } from './ssh-keys.ts'
import { FILTERED, TAGGED } from './members.ts'
import type { Ec2State, KeyPairRecord, Tags } from './state.ts'

const FILTERS: FilterTable<KeyPairRecord> = {
  fingerprint: ({ fingerprint }) => fingerprint,
  'key-name': ({ name }) => name,
  'key-pair-id': ({ id }) => id,
}

function duplicate(name: string): AwsError {
  return new AwsError('InvalidKeyPair.Duplicate', `The keypair '${name}' already exists.`)
}

async function insert(
  ec2: Ec2State,
  wanted: Pick<KeyPairRecord, 'name' | 'type' | 'fingerprint' | 'publicKey'> & { readonly tags: Tags },
): Promise<KeyPairRecord> {
  return await ec2.deps.store.transact((tx) => {
    if (ec2.keyPairs.find('name', wanted.name)) throw duplicate(wanted.name)
    const record = { id: ec2.newId('key-pair'), createdAtMs: ec2.deps.clock.now(), ...wanted }
    ec2.keyPairs.putIn(tx, record.id, record)
    return record
  })
}

/** CreateKeyPair: RSA of 2048 bits, or Ed25519. @throws AwsError InvalidKeyPair.Duplicate */
export const createKeyPair = operation<Ec2State, CreateKeyPairRequest, KeyPair>()({
  honours: ['KeyName', 'KeyType', ...TAGGED],
  handle: async (input, ec2) => {
    const { KeyName: name = '', KeyType: type = 'rsa' } = input
    if (ec2.keyPairs.find('name', name)) throw duplicate(name)
    const { privateKey, ...key } = await makeSshKey(type)
    const tags = tagsOfNew(input.TagSpecifications, 'key-pair')
    const record = await insert(ec2, { name, tags, ...key })
    return {
      KeyName: name,
      KeyPairId: record.id,
      KeyFingerprint: record.fingerprint,
      KeyMaterial: privateKey,
      ...tagsIfAny(record),
    }
  },
})

/** ImportKeyPair: the public half, as `ssh-keygen` writes it. @throws AwsError InvalidKeyPair.Duplicate, InvalidKey.Format */
export const importKeyPair = operation<Ec2State, ImportKeyPairRequest, ImportKeyPairResult>()({
  honours: ['KeyName', 'PublicKeyMaterial', ...TAGGED],
  handle: async (input, ec2) => {
    const { KeyName: name = '' } = input
    const key = readSshKey(Buffer.from(input.PublicKeyMaterial ?? []).toString('utf8'))
    const tags = tagsOfNew(input.TagSpecifications, 'key-pair')
    const record = await insert(ec2, { name, tags, ...key })
    return {
      KeyName: name,
      KeyPairId: record.id,
      KeyFingerprint: record.fingerprint,
      ...tagsIfAny(record),
    }
  },
})

// Without tags the answers have no list of them (moto's test_key_pairs.py, `test_key_pair_with_tags`).
function tagsIfAny({ tags }: KeyPairRecord): Pick<KeyPair, 'Tags'> {
  return Object.keys(tags).length === 0 ? {} : { Tags: tagList(tags) }
}

function describe(record: KeyPairRecord, isPublicShown: boolean): KeyPairInfo {
  return {
    KeyPairId: record.id,
    KeyName: record.name,
    KeyType: record.type,
    KeyFingerprint: record.fingerprint,
    CreateTime: new Date(record.createdAtMs),
    ...(isPublicShown ? { PublicKey: record.publicKey } : {}),
    Tags: tagList(record.tags),
  }
}

/** DescribeKeyPairs. @throws AwsError InvalidKeyPair.NotFound */
export const describeKeyPairs = operation<Ec2State, DescribeKeyPairsRequest, DescribeKeyPairsResult>()({
  honours: ['KeyNames', 'KeyPairIds', 'IncludePublicKey', ...FILTERED],
  handle: (input, ec2) => {
    for (const name of input.KeyNames ?? []) needKeyPair(ec2, name)
    const records = byIds('key-pair', ec2.keyPairs.listByAge(), input.KeyPairIds).filter(
      ({ name }) => !input.KeyNames?.length || input.KeyNames.includes(name),
    )
    const found = select({ records, filters: input.Filters, table: FILTERS })
    return { KeyPairs: found.map((record) => describe(record, input.IncludePublicKey === true)) }
  },
})

/** The key pair of that name. @throws AwsError InvalidKeyPair.NotFound */
export function needKeyPair(ec2: Ec2State, name: string): KeyPairRecord {
  const record = ec2.keyPairs.find('name', name)
  if (!record) throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`)
  return record
}

/** DeleteKeyPair: one that is not there is gone already. @throws AwsError InvalidKeyPair.NotFound for an unknown id */
export const deleteKeyPair = operation<Ec2State, DeleteKeyPairRequest, DeleteKeyPairResult>()({
  honours: ['KeyName', 'KeyPairId'],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const { KeyName: name, KeyPairId: id } = input
      const record = id === undefined ? ec2.keyPairs.find('name', name ?? '') : ec2.keyPairs.get(id)
      if (!record && id !== undefined) throw notFound('key-pair', id)
      if (!record) return { Return: true }
      ec2.keyPairs.deleteIn(tx, record.id)
      return { Return: true, KeyPairId: record.id }
    })
  },
})
