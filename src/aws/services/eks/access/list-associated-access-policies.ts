// Owns ListAssociatedAccessPolicies.
import type {
  ListAssociatedAccessPoliciesRequest,
  ListAssociatedAccessPoliciesResponse,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks } from '../state.ts'
import { findEntry } from './find-entry.ts'
import { showPolicy } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export const listAssociatedAccessPolicies = operation<
  Eks,
  ListAssociatedAccessPoliciesRequest,
  ListAssociatedAccessPoliciesResponse
>()({
  honours: ['clusterName', 'principalArn', ...PAGES],
  handle: (input, eks) => {
    const { record } = findEntry(eks, input.clusterName, input.principalArn)
    const { items, nextToken } = page(record.policies.map(showPolicy), input)
    const { clusterName, principalArn } = record.entry
    return { clusterName, principalArn, associatedAccessPolicies: items, nextToken }
  },
})
