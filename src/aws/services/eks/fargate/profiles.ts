// Owns the view of a cluster's Fargate profiles that its scheduler and its admission work with.
import type { ActiveFargateProfile, FargateProfiles } from '../../../../controllers/fargate/ports.ts'
import type { EksTables, FargateProfileRecord } from '../state.ts'

/** The ACTIVE profiles of one cluster, as of each call. */
export function createProfilesView(tables: EksTables, clusterName: string): FargateProfiles {
  return {
    active: () =>
      tables.profiles
        .list(`${clusterName}/`)
        .filter((record) => record.profile.status === 'ACTIVE')
        .map(toActive),
    onChange: (handler) =>
      tables.profiles.watch((change) => {
        if (change.key.startsWith(`${clusterName}/`)) handler()
      }),
  }
}

function toActive({ profile, blocked }: FargateProfileRecord): ActiveFargateProfile {
  return {
    name: profile.fargateProfileName,
    arn: profile.fargateProfileArn ?? '',
    selectors: (profile.selectors ?? []).map((selector) => ({
      namespace: selector.namespace ?? '',
      ...(selector.labels ? { labels: selector.labels } : {}),
    })),
    subnets: profile.subnets ?? [],
    podExecutionRoleArn: profile.podExecutionRoleArn,
    ...(blocked === undefined ? {} : { blocked }),
  }
}
