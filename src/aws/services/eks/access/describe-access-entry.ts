// Owns DescribeAccessEntry.
import type { DescribeAccessEntryRequest, DescribeAccessEntryResponse } from '@aws-sdk/client-eks'

import type { Eks } from '../state.ts'
import { findEntry } from './find-entry.ts'
import { showEntry } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export function describeAccessEntry(
  input: DescribeAccessEntryRequest,
  eks: Eks,
): DescribeAccessEntryResponse {
  return { accessEntry: showEntry(findEntry(eks, input.clusterName, input.principalArn).record) }
}
