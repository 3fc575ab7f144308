// Owns DeleteAccessEntry.
import type { DeleteAccessEntryRequest, DeleteAccessEntryResponse } from '@aws-sdk/client-eks'

import type { Eks } from '../state.ts'
import { findEntry } from './find-entry.ts'

/** @throws AwsError ResourceNotFoundException */
export async function deleteAccessEntry(
  input: DeleteAccessEntryRequest,
  eks: Eks,
): Promise<DeleteAccessEntryResponse> {
  const { key } = findEntry(eks, input.clusterName, input.principalArn)
  await eks.tables.entries.delete(key)
  return {}
}
