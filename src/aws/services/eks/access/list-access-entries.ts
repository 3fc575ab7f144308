// Owns ListAccessEntries.
import type { ListAccessEntriesRequest, ListAccessEntriesResponse } from '@aws-sdk/client-eks'

import { findCluster } from '../lookup.ts'
import { page } from '../paging.ts'
import type { Eks } from '../state.ts'

/** Principal ARNs, all or those with a policy. @throws AwsError ResourceNotFoundException */
export function listAccessEntries(input: ListAccessEntriesRequest, eks: Eks): ListAccessEntriesResponse {
  const { cluster } = findCluster(eks, input.clusterName)
  const policyArn = input.associatedPolicyArn
  const arns = eks.tables.entries
    .list(`${cluster.name}/`)
    .filter((record) => !policyArn || record.policies.some((policy) => policy.policyArn === policyArn))
    .map((record) => record.entry.principalArn)
  const { items, nextToken } = page(arns, input)
  return { accessEntries: items, nextToken }
}
