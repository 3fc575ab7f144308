// Owns ListNodegroups.
import type { ListNodegroupsRequest, ListNodegroupsResponse } from '@aws-sdk/client-eks'

import { findCluster } from '../lookup.ts'
import { page } from '../paging.ts'
import type { Eks } from '../state.ts'

/** @throws AwsError ResourceNotFoundException */
export function listNodegroups(input: ListNodegroupsRequest, eks: Eks): ListNodegroupsResponse {
  const { cluster } = findCluster(eks, input.clusterName)
  const names = eks.tables.nodegroups.list(`${cluster.name}/`).map((record) => record.nodegroup.nodegroupName)
  const { items, nextToken } = page(names, input)
  return { nodegroups: items, nextToken }
}
