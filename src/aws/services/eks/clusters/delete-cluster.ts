// Owns DeleteCluster: refuses while something runs in the cluster, otherwise leaves the work to the reconciler.
import type { DeleteClusterRequest, DeleteClusterResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { inUse, invalidRequest } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import { type ClusterRecord, type Eks, restartClock } from '../state.ts'
import { showCluster } from './show.ts'

const DELETE_CLUSTER_MS = 3 * 60_000

/** @throws AwsError ResourceNotFoundException, ResourceInUseException, InvalidRequestException */
export const deleteCluster = operation<Eks, DeleteClusterRequest, DeleteClusterResponse>()({
  honours: ['name'],
  handle: async (input, eks) =>
    await eks.deps.store.transact((tx) => {
      const record = findCluster(eks, input.name)
      const clusterName = record.cluster.name
      refuseUsed(eks, record)
      if (record.cluster.status === 'DELETING') return { cluster: showCluster(record) }
      const next: ClusterRecord = {
        ...record,
        ...restartClock(eks, DELETE_CLUSTER_MS),
        cluster: { ...record.cluster, status: 'DELETING' },
      }
      eks.tables.clusters.putIn(tx, clusterName, next)
      return { cluster: showCluster(next) }
    }),
})

function refuseUsed(eks: Eks, { cluster }: ClusterRecord): void {
  const clusterName = cluster.name
  if (cluster.deletionProtection) {
    throw invalidRequest(`Cannot delete cluster ${clusterName} because deletion protection is enabled`, {
      clusterName,
    })
  }
  if (eks.tables.nodegroups.list(`${clusterName}/`).length > 0) {
    throw inUse('Cluster has nodegroups attached', { clusterName })
  }
  // Words from kubernetes-sigs/cluster-api-provider-aws#4728.
  if (eks.tables.profiles.list(`${clusterName}/`).length > 0) {
    throw inUse('Cluster has Fargate Profiles in ACTIVE/CREATING state', { clusterName })
  }
}
