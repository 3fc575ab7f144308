// Owns DescribeFargateProfile.
import type { DescribeFargateProfileRequest, DescribeFargateProfileResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findProfile } from './find-profile.ts'
import { showProfile } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export const describeFargateProfile = operation<
  Eks,
  DescribeFargateProfileRequest,
  DescribeFargateProfileResponse
>()({
  honours: ['clusterName', 'fargateProfileName'],
  handle: (input, eks) => {
    return {
      fargateProfile: showProfile(findProfile(eks, input.clusterName, input.fargateProfileName).record),
    }
  },
})
