// Owns ListNodegroups.
import type { ListNodegroupsRequest, ListNodegroupsResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { findCluster } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks } from '../state.ts'

/** @throws AwsError ResourceNotFoundException */
export const listNodegroups = operation<Eks, ListNodegroupsRequest, ListNodegroupsResponse>()({
  honours: ['clusterName', ...PAGES],
  handle: (input, eks) => {
    const { cluster } = findCluster(eks, input.clusterName)
    const names = eks.tables.nodegroups
      .list(`${cluster.name}/`)
      .map((record) => record.nodegroup.nodegroupName)
    const { items, nextToken } = page(names, input)
    return { nodegroups: items, nextToken }
  },
})
