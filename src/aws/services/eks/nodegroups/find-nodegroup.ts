// Owns finding a node group or refusing in the service's words.
import { nodegroupNotFound } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { Eks, NodegroupRecord } from '../state.ts'

/** @throws AwsError ResourceNotFoundException for the cluster or the node group */
export function findNodegroup(
  eks: Eks,
  clusterName: string | undefined,
  nodegroupName: string | undefined,
): { key: string; record: NodegroupRecord } {
  const { cluster } = findCluster(eks, clusterName)
  const key = `${cluster.name}/${nodegroupName}`
  const record = eks.tables.nodegroups.get(key)
  if (!record) throw nodegroupNotFound(cluster.name, nodegroupName ?? '')
  return { key, record }
}
