// Owns DeleteFargateProfile: one at a time in a cluster.
import type { DeleteFargateProfileRequest, DeleteFargateProfileResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { inUse } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import { type Eks, restartClock } from '../state.ts'
import { findProfile } from './find-profile.ts'
import { showProfile } from './show.ts'

const DELETE_PROFILE_MS = 120_000

/** @throws AwsError ResourceInUseException, ResourceNotFoundException */
export const deleteFargateProfile = operation<
  Eks,
  DeleteFargateProfileRequest,
  DeleteFargateProfileResponse
>()({
  honours: ['clusterName', 'fargateProfileName'],
  handle: async (input, eks) => {
    return await eks.turnstile.run(input.clusterName ?? '', () => remove(input, eks))
  },
})

async function remove(input: DeleteFargateProfileRequest, eks: Eks): Promise<DeleteFargateProfileResponse> {
  const { key, record } = findProfile(eks, input.clusterName, input.fargateProfileName)
  const { clusterName, fargateProfileName } = record.profile
  if (findCluster(eks, clusterName).cluster.status === 'UPDATING') {
    throw inUse(
      `Cannot Delete Fargate Profile ${fargateProfileName} because cluster ${clusterName} currently has an update in progress`,
      { clusterName, fargateProfileName },
    )
  }
  // Words from cloud-custodian#5585.
  const busy = eks.tables.profiles
    .list(`${clusterName}/`)
    .find(({ profile }) => profile.status === 'DELETING' && profile.fargateProfileName !== fargateProfileName)
  if (busy) {
    throw inUse(
      `Cannot Delete Fargate Profile ${fargateProfileName} because cluster ${clusterName} currently has Fargate profile ${busy.profile.fargateProfileName} in status DELETING`,
      { clusterName, fargateProfileName },
    )
  }
  const updated = await eks.tables.profiles.update(key, (current) =>
    current.profile.status === 'DELETING'
      ? undefined
      : {
          ...current,
          ...restartClock(eks, DELETE_PROFILE_MS),
          profile: { ...current.profile, status: 'DELETING' },
        },
  )
  return { fargateProfile: showProfile(updated ?? record) }
}
