// Owns how a cluster and an update look in a response.
import type { Cluster, Update } from '@aws-sdk/client-eks'

import type { ClusterRecord, UpdateRecord } from '../state.ts'

/** The cluster as DescribeCluster answers it. */
export function showCluster(record: ClusterRecord): Cluster {
  const { remoteNetworkConfig: remote, ...cluster } = record.cluster
  // Both lists are empty once an update has taken the networks away.
  const hasRemote = (remote?.remoteNodeNetworks ?? []).length > 0
  return {
    ...cluster,
    ...(hasRemote ? { remoteNetworkConfig: remote } : {}),
    createdAt: new Date(record.createdAtMs),
  }
}

/** The update as DescribeUpdate answers it. */
export function showUpdate(record: UpdateRecord): Update {
  return { ...record.update, createdAt: new Date(record.createdAtMs) }
}
