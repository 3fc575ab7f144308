// Owns DescribeTrustStores and DescribeTrustStoreAssociations.
import type {
  DescribeTrustStoreAssociationsInput,
  DescribeTrustStoreAssociationsOutput,
  DescribeTrustStoresInput,
  DescribeTrustStoresOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { operation } from '../../../protocol/operation.ts'
import { page, PAGES } from '../paging.ts'
import type { Elb } from '../state.ts'
import { findTrustStore, listenersWith, showTrustStore } from './lookup.ts'

/** All, or those asked for by ARN or name. @throws AwsError TrustStoreNotFound */
export const describeTrustStores = operation<Elb, DescribeTrustStoresInput, DescribeTrustStoresOutput>()({
  honours: ['TrustStoreArns', 'Names', ...PAGES],
  handle: (input, elb) => {
    const { TrustStoreArns: arns = [], Names: names = [] } = input
    const asked = [
      ...arns.map((arn) => findTrustStore(elb, arn)),
      ...names.map((name) => {
        const found = elb.tables.trustStores.find('name', name)
        if (!found) throw new AwsError('TrustStoreNotFound', `Trust store '${name}' not found`)
        return found
      }),
    ]
    const isWhole = arns.length + names.length === 0
    const { items, NextMarker } = page(isWhole ? elb.tables.trustStores.list() : asked, input)
    return { TrustStores: items.map(showTrustStore), NextMarker }
  },
})

/** The listeners that use it. @throws AwsError TrustStoreNotFound */
export const describeTrustStoreAssociations = operation<
  Elb,
  DescribeTrustStoreAssociationsInput,
  DescribeTrustStoreAssociationsOutput
>()({
  honours: ['TrustStoreArn', ...PAGES],
  handle: (input, elb) => {
    const { arn } = findTrustStore(elb, input.TrustStoreArn)
    const { items, NextMarker } = page(listenersWith(elb, arn), input)
    return { TrustStoreAssociations: items.map((record) => ({ ResourceArn: record.arn })), NextMarker }
  },
})
