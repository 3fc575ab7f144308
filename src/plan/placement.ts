// Owns saying where each workload will land and on which Fargate size.
import { messageOf } from '../base/errors.ts'
import { QuantityError } from '../base/quantity.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { Placement } from '../rules/fargate/match.ts'
import { matchProfile } from '../rules/fargate/match.ts'
import type { FargateProfile } from '../rules/fargate/profile.ts'
import type { Sizing } from '../rules/fargate/size.ts'
import { sizeOf } from '../rules/fargate/size.ts'
import type { Workload } from './workload.ts'

/** A workload with the decision about its pods. */
export interface PlacedWorkload {
  readonly workload: Workload
  readonly placement: Placement
  /** What the pods request and, on Fargate, get; undefined when a quantity of theirs cannot be read. */
  readonly sizing: Sizing | undefined
  /** Why `sizing` is undefined. */
  readonly quantityFault?: string
}

/** The profiles of a config as the rules of Fargate take them. */
export function profilesOf(config: ClusterConfig | undefined): FargateProfile[] {
  return (config?.fargateProfiles ?? []).map((profile) => ({
    name: profile.name,
    selectors: profile.selectors ?? [],
    subnets: profile.subnets ?? [],
    podExecutionRoleArn: profile.podExecutionRoleARN ?? config?.iam?.fargatePodExecutionRoleARN ?? '',
  }))
}

/** Decides about every workload as admission will. */
export function placeWorkloads(
  workloads: readonly Workload[],
  profiles: readonly FargateProfile[],
): PlacedWorkload[] {
  return workloads.map((workload) => ({
    workload,
    placement: matchProfile(workload.pod, profiles),
    ...sized(workload),
  }))
}

function sized(workload: Workload): Pick<PlacedWorkload, 'sizing' | 'quantityFault'> {
  try {
    return { sizing: sizeOf(workload.pod.spec) }
  } catch (error) {
    if (error instanceof QuantityError) return { sizing: undefined, quantityFault: messageOf(error) }
    throw error
  }
}
