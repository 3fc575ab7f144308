// Owns ListAccessEntries.
import type { ListAccessEntriesRequest, ListAccessEntriesResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { requireEntries } from './create-access-entry.ts'
import { findCluster } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks } from '../state.ts'

/** Principal ARNs, all or those with a policy. @throws AwsError InvalidRequest-, ResourceNotFoundException */
export const listAccessEntries = operation<Eks, ListAccessEntriesRequest, ListAccessEntriesResponse>()({
  honours: ['clusterName', 'associatedPolicyArn', ...PAGES],
  handle: (input, eks) => {
    const record = findCluster(eks, input.clusterName)
    requireEntries(record)
    const { cluster } = record
    const policyArn = input.associatedPolicyArn
    const arns = eks.tables.entries
      .list(`${cluster.name}/`)
      .filter((record) => !policyArn || record.policies.some((policy) => policy.policyArn === policyArn))
      .map((record) => record.entry.principalArn)
    const { items, nextToken } = page(arns, input)
    return { accessEntries: items, nextToken }
  },
})
