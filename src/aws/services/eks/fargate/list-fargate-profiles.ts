// Owns ListFargateProfiles.
import type { ListFargateProfilesRequest, ListFargateProfilesResponse } from '@aws-sdk/client-eks'

import { findCluster } from '../lookup.ts'
import { page } from '../paging.ts'
import type { Eks } from '../state.ts'

/** @throws AwsError ResourceNotFoundException */
export function listFargateProfiles(
  input: ListFargateProfilesRequest,
  eks: Eks,
): ListFargateProfilesResponse {
  const { cluster } = findCluster(eks, input.clusterName)
  const names = eks.tables.profiles
    .list(`${cluster.name}/`)
    .map((record) => record.profile.fargateProfileName)
  const { items, nextToken } = page(names, input)
  return { fargateProfileNames: items, nextToken }
}
