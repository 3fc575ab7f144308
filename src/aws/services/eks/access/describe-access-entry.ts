// Owns DescribeAccessEntry.
import type { DescribeAccessEntryRequest, DescribeAccessEntryResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findEntry } from './find-entry.ts'
import { showEntry } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export const describeAccessEntry = operation<Eks, DescribeAccessEntryRequest, DescribeAccessEntryResponse>()({
  honours: ['clusterName', 'principalArn'],
  handle: (input, eks) => {
    return { accessEntry: showEntry(findEntry(eks, input.clusterName, input.principalArn).record) }
  },
})
