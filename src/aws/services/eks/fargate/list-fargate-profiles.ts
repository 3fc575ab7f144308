// Owns ListFargateProfiles.
import type { ListFargateProfilesRequest, ListFargateProfilesResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { findCluster } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks } from '../state.ts'

/** @throws AwsError ResourceNotFoundException */
export const listFargateProfiles = operation<Eks, ListFargateProfilesRequest, ListFargateProfilesResponse>()({
  honours: ['clusterName', ...PAGES],
  handle: (input, eks) => {
    const { cluster } = findCluster(eks, input.clusterName)
    const names = eks.tables.profiles
      .list(`${cluster.name}/`)
      .map((record) => record.profile.fargateProfileName)
    const { items, nextToken } = page(names, input)
    return { fargateProfileNames: items, nextToken }
  },
})
