// Owns ListClusters.
import type { ListClustersRequest, ListClustersResponse } from '@aws-sdk/client-eks'

import { page } from '../paging.ts'
import type { Eks } from '../state.ts'

/** Names in order; `include` asks for connected clusters too, of which there are none near. */
export function listClusters(input: ListClustersRequest, eks: Eks): ListClustersResponse {
  const names = eks.tables.clusters.list().map((record) => record.cluster.name)
  const { items, nextToken } = page(names, input)
  return { clusters: items, nextToken }
}
