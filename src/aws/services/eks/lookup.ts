// Owns finding a resource of the service or refusing in its words.
import { clusterNotActive, clusterNotFound } from './errors.ts'
import type { ClusterRecord, Eks } from './state.ts'

/** @throws AwsError ResourceNotFoundException */
export function findCluster(eks: Eks, name: string | undefined): ClusterRecord {
  const record = name === undefined ? undefined : eks.tables.clusters.get(name)
  if (!record) throw clusterNotFound(name ?? '')
  return record
}

/** The cluster, when its API serves. @throws AwsError ResourceNotFoundException, InvalidRequestException */
export function findActiveCluster(eks: Eks, name: string | undefined): ClusterRecord {
  const record = findCluster(eks, name)
  if (record.cluster.status !== 'ACTIVE') throw clusterNotActive(record.cluster.name)
  return record
}

/** The cluster, when its API is up, whether or not something about it is being updated. */
export function findServingCluster(eks: Eks, name: string | undefined): ClusterRecord {
  const record = findCluster(eks, name)
  const { status } = record.cluster
  if (status !== 'ACTIVE' && status !== 'UPDATING') throw clusterNotActive(record.cluster.name)
  return record
}

/** The authentication mode with the default of the API (CONFIG_MAP when nothing was said). */
export function authenticationMode(record: ClusterRecord): string {
  return record.cluster.accessConfig?.authenticationMode ?? 'CONFIG_MAP'
}

/** The last part of a role's ARN. */
export function roleName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}
