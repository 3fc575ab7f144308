// Owns mixed instances policies: what of a group is on demand and what is spot, and of which type the next instance is.
// Source: API_InstancesDistribution, and the Auto Scaling user guide, "Auto Scaling groups with multiple instance types".
import type { MixedInstancesPolicy } from '@aws-sdk/client-auto-scaling'
import type { Instance } from '@aws-sdk/client-ec2'

import type { GroupRecord, MixedInstances } from './state.ts'

const TEMPLATE = 'MixedInstancesPolicy.LaunchTemplate'
const DISTRIBUTION = 'MixedInstancesPolicy.InstancesDistribution'

/** The members of a policy that decide about instances. */
export const MIXED = [
  `${TEMPLATE}.LaunchTemplateSpecification.LaunchTemplateId`,
  `${TEMPLATE}.LaunchTemplateSpecification.LaunchTemplateName`,
  `${TEMPLATE}.LaunchTemplateSpecification.Version`,
  `${TEMPLATE}.Overrides[].InstanceType`,
  `${DISTRIBUTION}.OnDemandBaseCapacity`,
  `${DISTRIBUTION}.OnDemandPercentageAboveBaseCapacity`,
  `${DISTRIBUTION}.SpotInstancePools`,
] as const

/** Kept without effect: spot prices are not known, and no spot instance is taken back. */
export const KEPT_OF_MIXED = [
  `${DISTRIBUTION}.OnDemandAllocationStrategy`,
  `${DISTRIBUTION}.SpotAllocationStrategy`,
  `${DISTRIBUTION}.SpotMaxPrice`,
  'CapacityRebalance',
] as const

// API_InstancesDistribution.
const DEFAULTS = {
  OnDemandAllocationStrategy: 'prioritized',
  OnDemandBaseCapacity: 0,
  OnDemandPercentageAboveBaseCapacity: 100,
  SpotAllocationStrategy: 'lowest-price',
  SpotInstancePools: 2,
} as const

/** Reads the policy of a request. */
export function readMixed({
  LaunchTemplate,
  InstancesDistribution = {},
}: MixedInstancesPolicy): MixedInstances {
  return {
    instanceTypes: (LaunchTemplate?.Overrides ?? []).flatMap(({ InstanceType }) => InstanceType ?? []),
    distribution: InstancesDistribution,
  }
}

/** The policy as DescribeAutoScalingGroups shows it. */
export function showMixed({ template, mixed }: GroupRecord): MixedInstancesPolicy | undefined {
  if (!mixed || !template) return undefined
  const { id, name, version } = template
  const strategy = mixed.distribution.SpotAllocationStrategy ?? DEFAULTS.SpotAllocationStrategy
  // Pools are a matter of the lowest price alone.
  const { SpotInstancePools, ...defaults } = DEFAULTS
  return {
    LaunchTemplate: {
      LaunchTemplateSpecification: { LaunchTemplateId: id, LaunchTemplateName: name, Version: version },
      Overrides: mixed.instanceTypes.map((InstanceType) => ({ InstanceType })),
    },
    InstancesDistribution: {
      ...defaults,
      ...(strategy === 'lowest-price' ? { SpotInstancePools } : {}),
      ...mixed.distribution,
    },
  }
}

export interface NextLaunch {
  /** undefined: the type of the launch template. */
  readonly instanceType?: string | undefined
  readonly isSpot: boolean
}

/** What a group launches next, beside the instances that it has. */
export function nextLaunch({ mixed, desired }: GroupRecord, alive: readonly Instance[]): NextLaunch {
  if (!mixed) return { isSpot: false }
  const {
    OnDemandBaseCapacity: base = DEFAULTS.OnDemandBaseCapacity,
    OnDemandPercentageAboveBaseCapacity: percentage = DEFAULTS.OnDemandPercentageAboveBaseCapacity,
    SpotInstancePools: pools = DEFAULTS.SpotInstancePools,
  } = mixed.distribution
  const spot = alive.filter(({ InstanceLifecycle }) => InstanceLifecycle === 'spot')
  // Percentages that leave a fraction are rounded up for instances on demand.
  const onDemandWanted = Math.min(desired, base) + Math.ceil((Math.max(0, desired - base) * percentage) / 100)
  const [preferred] = mixed.instanceTypes
  if (alive.length - spot.length < onDemandWanted) return { instanceType: preferred, isSpot: false }
  const usesOf = (type: string): number => spot.filter(({ InstanceType }) => InstanceType === type).length
  const candidates = mixed.instanceTypes.slice(0, Math.max(1, pools))
  const [leastUsed] = candidates.toSorted((a, b) => usesOf(a) - usesOf(b))
  return { instanceType: leastUsed, isSpot: true }
}
