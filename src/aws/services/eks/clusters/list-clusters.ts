// Owns ListClusters.
import type { ListClustersRequest, ListClustersResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks } from '../state.ts'

/** Names in order; `include` asks for connected clusters too, of which there are none near. */
export const listClusters = operation<Eks, ListClustersRequest, ListClustersResponse>()({
  honours: ['include', ...PAGES],
  handle: (input, eks) => {
    const names = eks.tables.clusters.list().map((record) => record.cluster.name)
    const { items, nextToken } = page(names, input)
    return { clusters: items, nextToken }
  },
})
