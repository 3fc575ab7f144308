// Owns finding an access entry or refusing in the service's words.
import { entryNotFound } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { AccessEntryRecord, Eks } from '../state.ts'

/** @throws AwsError ResourceNotFoundException for the cluster or the entry */
export function findEntry(
  eks: Eks,
  clusterName: string | undefined,
  principalArn: string | undefined,
): { key: string; record: AccessEntryRecord } {
  const { cluster } = findCluster(eks, clusterName)
  const key = `${cluster.name}/${principalArn}`
  const record = eks.tables.entries.get(key)
  if (!record) throw entryNotFound(cluster.name, principalArn ?? '')
  return { key, record }
}
