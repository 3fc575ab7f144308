// Owns what a launch sets on an instance beside its machine, disks and network.
import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2'

/** Absent members have AWS's defaults. */
export interface LaunchSettings {
  readonly monitoring?: true
  readonly ebsOptimized?: true
  readonly placementGroup?: string
  readonly tenancy?: 'dedicated'
  /** What `shutdown` within the instance would do. */
  readonly shutdownBehavior?: 'terminate'
  readonly noTermination?: true
  readonly noStop?: true
  readonly noSourceDestCheck?: true
  /** It gets a public address whenever it starts. */
  readonly isPublic?: true
}

/** The settings of a launch; undefined when all are AWS's defaults. @param isPublic as its subnet or interface says */
export function settingsOf(launch: RequestLaunchTemplateData, isPublic: boolean): LaunchSettings | undefined {
  const { Placement: placement } = launch
  const settings: LaunchSettings = {
    ...(launch.Monitoring?.Enabled ? { monitoring: true as const } : {}),
    ...(launch.EbsOptimized ? { ebsOptimized: true as const } : {}),
    ...(placement?.GroupName ? { placementGroup: placement.GroupName } : {}),
    ...(placement?.Tenancy === 'dedicated' ? { tenancy: 'dedicated' as const } : {}),
    ...(launch.InstanceInitiatedShutdownBehavior === 'terminate'
      ? { shutdownBehavior: 'terminate' as const }
      : {}),
    ...(launch.DisableApiTermination ? { noTermination: true as const } : {}),
    ...(launch.DisableApiStop ? { noStop: true as const } : {}),
    ...(isPublic ? { isPublic: true as const } : {}),
  }
  return Object.keys(settings).length > 0 ? settings : undefined
}
