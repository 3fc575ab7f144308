// Owns DeleteAccessEntry.
import type { DeleteAccessEntryRequest, DeleteAccessEntryResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findEntry } from './find-entry.ts'

/** @throws AwsError ResourceNotFoundException */
export const deleteAccessEntry = operation<Eks, DeleteAccessEntryRequest, DeleteAccessEntryResponse>()({
  honours: ['clusterName', 'principalArn'],
  handle: async (input, eks) => {
    const { key } = findEntry(eks, input.clusterName, input.principalArn)
    await eks.tables.entries.delete(key)
    return {}
  },
})
