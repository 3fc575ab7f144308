// Owns DeleteFargateProfile: one at a time in a cluster.
import type { DeleteFargateProfileRequest, DeleteFargateProfileResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { inUse } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import { type Eks, type FargateProfileRecord, restartClock } from '../state.ts'
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
  handle: async (input, eks) =>
    await eks.deps.store.transact((tx) => {
      const { key, record } = findProfile(eks, input.clusterName, input.fargateProfileName)
      refuseBusy(eks, record)
      if (record.profile.status === 'DELETING') return { fargateProfile: showProfile(record) }
      const next: FargateProfileRecord = {
        ...record,
        ...restartClock(eks, DELETE_PROFILE_MS),
        profile: { ...record.profile, status: 'DELETING' },
      }
      eks.tables.profiles.putIn(tx, key, next)
      return { fargateProfile: showProfile(next) }
    }),
})

function refuseBusy(eks: Eks, { profile }: FargateProfileRecord): void {
  const { clusterName, fargateProfileName } = profile
  if (findCluster(eks, clusterName).cluster.status === 'UPDATING') {
    throw inUse(
      `Cannot Delete Fargate Profile ${fargateProfileName} because cluster ${clusterName} currently has an update in progress`,
      { clusterName, fargateProfileName },
    )
  }
  // Words from cloud-custodian#5585.
  const busy = eks.tables.profiles
    .list(`${clusterName}/`)
    .find(
      (other) =>
        other.profile.status === 'DELETING' && other.profile.fargateProfileName !== fargateProfileName,
    )
  if (busy) {
    throw inUse(
      `Cannot Delete Fargate Profile ${fargateProfileName} because cluster ${clusterName} currently has Fargate profile ${busy.profile.fargateProfileName} in status DELETING`,
      { clusterName, fargateProfileName },
    )
  }
}
