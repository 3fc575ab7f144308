// Owns AddTrustStoreRevocations, RemoveTrustStoreRevocations and DescribeTrustStoreRevocations.
import type {
  AddTrustStoreRevocationsInput,
  AddTrustStoreRevocationsOutput,
  DescribeTrustStoreRevocation,
  DescribeTrustStoreRevocationsInput,
  DescribeTrustStoreRevocationsOutput,
  RemoveTrustStoreRevocationsInput,
  RemoveTrustStoreRevocationsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import type { Revocations } from '../../../../network/tls/client-trust.ts'
import { operation } from '../../../protocol/operation.ts'
import { page, PAGES } from '../paging.ts'
import type { Elb, RevocationRecord, TrustStoreRecord } from '../state.ts'
import { findTrustStore } from './lookup.ts'
import { revocationsIn } from './revocation-list.ts'
import { readStored } from './stored-file.ts'

/** "Certificate revocation lists per trust store: 30", "entries per trust store: 500,000" (quotas). */
const MOST = { lists: 30, entries: 500_000 } as const

/** @throws AwsError TrustStoreNotFound, RevocationContentNotFound, InvalidRevocationContent, TooManyTrustStoreRevocationEntries */
export const addTrustStoreRevocations = operation<
  Elb,
  AddTrustStoreRevocationsInput,
  AddTrustStoreRevocationsOutput
>()({
  honours: [
    'TrustStoreArn',
    'RevocationContents[].S3Bucket',
    'RevocationContents[].S3Key',
    'RevocationContents[].S3ObjectVersion',
    'RevocationContents[].RevocationType',
  ],
  handle: async (input, elb, { principal }) => {
    findTrustStore(elb, input.TrustStoreArn)
    const lists: Revocations[] = []
    for (const { S3Bucket: Bucket, S3Key: Key, S3ObjectVersion: VersionId } of input.RevocationContents ??
      []) {
      const place = { Bucket, Key, VersionId }
      const text = await readStored(elb, place, { principal, code: 'RevocationContentNotFound' })
      lists.push(revocationsIn(text))
    }
    return await elb.deps.store.transact((tx) => {
      const record = findTrustStore(elb, input.TrustStoreArn)
      const highest = record.revocations.reduce((most, { id }) => Math.max(most, id), 0)
      const added = lists.map((list, index) => ({ id: highest + index + 1, ...list }))
      const revocations = [...record.revocations, ...added]
      checkQuotas(revocations)
      elb.tables.trustStores.putIn(tx, record.arn, { ...record, revocations })
      return { TrustStoreRevocations: added.map((each) => show(record, each)) }
    })
  },
})

/** @throws AwsError TrustStoreNotFound, RevocationIdNotFound */
export const removeTrustStoreRevocations = operation<
  Elb,
  RemoveTrustStoreRevocationsInput,
  RemoveTrustStoreRevocationsOutput
>()({
  honours: ['TrustStoreArn', 'RevocationIds'],
  handle: async (input, elb) => {
    await elb.deps.store.transact((tx) => {
      const record = findTrustStore(elb, input.TrustStoreArn)
      const doomed = (input.RevocationIds ?? []).map((id) => findList(record, id))
      const revocations = record.revocations.filter((each) => !doomed.includes(each))
      elb.tables.trustStores.putIn(tx, record.arn, { ...record, revocations })
    })
    return {}
  },
})

/** @throws AwsError TrustStoreNotFound, RevocationIdNotFound */
export const describeTrustStoreRevocations = operation<
  Elb,
  DescribeTrustStoreRevocationsInput,
  DescribeTrustStoreRevocationsOutput
>()({
  honours: ['TrustStoreArn', 'RevocationIds', ...PAGES],
  handle: (input, elb) => {
    const record = findTrustStore(elb, input.TrustStoreArn)
    const { RevocationIds: ids = [] } = input
    const found = ids.length > 0 ? ids.map((id) => findList(record, id)) : record.revocations
    const { items, NextMarker } = page(found, input)
    return { TrustStoreRevocations: items.map((each) => show(record, each)), NextMarker }
  },
})

function findList({ revocations }: TrustStoreRecord, id: number): RevocationRecord {
  const found = revocations.find((each) => each.id === id)
  if (!found) throw new AwsError('RevocationIdNotFound', `Revocation ID '${id}' not found`)
  return found
}

function checkQuotas(revocations: readonly RevocationRecord[]): void {
  const entries = revocations.reduce((sum, { serialNumbers }) => sum + serialNumbers.length, 0)
  if (revocations.length <= MOST.lists && entries <= MOST.entries) return
  throw new AwsError(
    'TooManyTrustStoreRevocationEntries',
    'The trust store has too many revocation files or entries',
  )
}

function show(
  { arn }: TrustStoreRecord,
  { id, serialNumbers }: RevocationRecord,
): DescribeTrustStoreRevocation {
  return {
    TrustStoreArn: arn,
    RevocationId: id,
    RevocationType: 'CRL',
    NumberOfRevokedEntries: serialNumbers.length,
  }
}
