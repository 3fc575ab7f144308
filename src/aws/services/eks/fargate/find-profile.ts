// Owns finding a Fargate profile or refusing in the service's words.
import { profileNotFound } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { Eks, FargateProfileRecord } from '../state.ts'

/** @throws AwsError ResourceNotFoundException for the cluster or the profile */
export function findProfile(
  eks: Eks,
  clusterName: string | undefined,
  profileName: string | undefined,
): { key: string; record: FargateProfileRecord } {
  const { cluster } = findCluster(eks, clusterName)
  const key = `${cluster.name}/${profileName}`
  const record = eks.tables.profiles.get(key)
  if (!record) throw profileNotFound(cluster.name, profileName ?? '')
  return { key, record }
}
