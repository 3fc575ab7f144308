// Owns finding an access entry or refusing in the service's words.
import { entryNotFound, invalidParameter } from '../errors.ts'
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

/** Entries of nodes are EKS's own (aws-controllers-k8s/community#2144). @throws AwsError InvalidParameterException */
export function requireStandard({ entry }: AccessEntryRecord): void {
  if (entry.type === 'STANDARD') return
  throw invalidParameter('This operation can only be performed on Access Entries with a type of "STANDARD".')
}
