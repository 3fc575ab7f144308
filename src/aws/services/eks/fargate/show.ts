// Owns how a Fargate profile looks in a response.
import type { FargateProfile } from '@aws-sdk/client-eks'

import type { FargateProfileRecord } from '../state.ts'

export function showProfile(record: FargateProfileRecord): FargateProfile {
  return { ...record.profile, createdAt: new Date(record.createdAtMs) }
}
