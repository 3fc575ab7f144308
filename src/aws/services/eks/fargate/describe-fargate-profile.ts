// Owns DescribeFargateProfile.
import type { DescribeFargateProfileRequest, DescribeFargateProfileResponse } from '@aws-sdk/client-eks'

import type { Eks } from '../state.ts'
import { findProfile } from './find-profile.ts'
import { showProfile } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export function describeFargateProfile(
  input: DescribeFargateProfileRequest,
  eks: Eks,
): DescribeFargateProfileResponse {
  return { fargateProfile: showProfile(findProfile(eks, input.clusterName, input.fargateProfileName).record) }
}
