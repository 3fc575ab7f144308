// Owns ModifyTrustStore and DeleteTrustStore.
import type {
  DeleteTrustStoreInput,
  DeleteTrustStoreOutput,
  ModifyTrustStoreInput,
  ModifyTrustStoreOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { operation } from '../../../protocol/operation.ts'
import type { Elb } from '../state.ts'
import { BUNDLE, readBundle } from './ca-bundle.ts'
import { findTrustStore, listenersWith, showTrustStore } from './lookup.ts'

/** Puts another bundle in place of the one there is. @throws AwsError TrustStoreNotFound, InvalidCaCertificatesBundle */
export const modifyTrustStore = operation<Elb, ModifyTrustStoreInput, ModifyTrustStoreOutput>()({
  honours: ['TrustStoreArn', ...BUNDLE],
  handle: async (input, elb, { principal }) => {
    findTrustStore(elb, input.TrustStoreArn)
    const authorities = await readBundle(elb, input, principal)
    return await elb.deps.store.transact((tx) => {
      const record = { ...findTrustStore(elb, input.TrustStoreArn), authorities }
      elb.tables.trustStores.putIn(tx, record.arn, record)
      return { TrustStores: [showTrustStore(record)] }
    })
  },
})

/** @throws AwsError TrustStoreNotFound, TrustStoreInUse */
export const deleteTrustStore = operation<Elb, DeleteTrustStoreInput, DeleteTrustStoreOutput>()({
  honours: ['TrustStoreArn'],
  handle: async (input, elb) => {
    await elb.deps.store.transact((tx) => {
      const { arn } = findTrustStore(elb, input.TrustStoreArn)
      if (listenersWith(elb, arn).length > 0) {
        throw new AwsError('TrustStoreInUse', `Trust store '${arn}' is currently in use by a listener`)
      }
      elb.tables.trustStores.deleteIn(tx, arn)
    })
    return {}
  },
})
