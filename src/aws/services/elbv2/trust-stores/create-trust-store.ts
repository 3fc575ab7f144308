// Owns CreateTrustStore.
import type { CreateTrustStoreInput, CreateTrustStoreOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { operation } from '../../../protocol/operation.ts'
import { arnOf, type Elb, type TrustStoreRecord } from '../state.ts'
import { TAGS } from '../tags/resources.ts'
import { BUNDLE, readBundle } from './ca-bundle.ts'
import { showTrustStore } from './lookup.ts'

/** "Trust stores per account and Region: 20" (quotas). */
const MOST_STORES = 20

/**
 * Copies the bundle: what becomes of the object in S3 later changes nothing.
 * @throws AwsError CaCertificatesBundleNotFound, InvalidCaCertificatesBundle, DuplicateTrustStoreName, TooManyTrustStores
 */
export const createTrustStore = operation<Elb, CreateTrustStoreInput, CreateTrustStoreOutput>()({
  honours: ['Name', ...BUNDLE, ...TAGS],
  handle: async (input, elb, { principal }) => {
    const name = input.Name ?? ''
    const authorities = await readBundle(elb, input, principal)
    return await elb.deps.store.transact((tx) => {
      const { trustStores } = elb.tables
      if (trustStores.find('name', name)) {
        throw new AwsError('DuplicateTrustStoreName', `A trust store with the name '${name}' already exists`)
      }
      if (trustStores.list().length >= MOST_STORES) {
        throw new AwsError('TooManyTrustStores', 'The maximum number of trust stores has been reached')
      }
      const arn = arnOf(elb, `truststore/${name}/${elb.deps.ids.hex(16)}`)
      const record: TrustStoreRecord = { arn, name, authorities, revocations: [], tags: input.Tags ?? [] }
      trustStores.putIn(tx, arn, record)
      return { TrustStores: [showTrustStore(record)] }
    })
  },
})
