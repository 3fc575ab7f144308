// Owns at which use a way to pay for a node group's machines is worth its price: beside On-Demand, and beside Fargate. Pure.
import type { Allocatable } from '../../rules/nodes/allocatable.ts'
import { HOURS_PER_MONTH, type Price, type PriceBook } from '../../rules/prices/price.ts'
import { nodeCapacity, type NodeGroupPlan } from '../node-groups.ts'
import type { PlacedWorkload } from '../placement.ts'
import { groupPods, shareOf, type GroupPods } from './group-pods.ts'

/** One way to pay for a machine of a group. */
export interface PaidBy {
  readonly term: 'on-demand' | 'reserved-1-year' | 'reserved-3-years' | 'savings-plan' | 'spot'
  /** USD an hour for a machine without its disk. */
  readonly hourly: number
  /** Of all hours: what a commitment costs on every one of them is less than On-Demand on so many. */
  readonly paysFromHours?: number
  /** Of what a node offers to pods: where its pods ask for more, the node with its disk is cheaper than Fargate for them. */
  readonly cheaperThanFargateFrom?: number
  readonly date?: string
}

export interface BreakEven {
  readonly group: string
  readonly instanceType: string
  readonly nodes: number
  /** Of what the group's nodes offer, what the pods that may run on them ask for. */
  readonly requested: number
  /** USD an hour: on Fargate, as many pods of these sizes as fill one node; undefined without a price of the region. */
  readonly fargateHourly?: number
  /** Whether that is counted with the group's pods, or, where it has none, with its CPU and memory. */
  readonly countedWith: 'pods' | 'machine'
  readonly terms: readonly PaidBy[]
}

export interface BreakEvenInput {
  readonly region: string
  readonly prices: PriceBook
  readonly groups: readonly NodeGroupPlan[]
  readonly placed: readonly PlacedWorkload[]
}

/** The break-even of every node group whose instance type has a price. */
export function breakEvens(input: BreakEvenInput): readonly BreakEven[] {
  return input.groups.flatMap((group) => breakEvenOf(group, input) ?? [])
}

function breakEvenOf(group: NodeGroupPlan, input: BreakEvenInput): BreakEven | undefined {
  const { region, prices } = input
  const onDemand = prices.instanceHour(region, group.instanceTypeName)
  const capacity = nodeCapacity(group)
  if (!onDemand || !capacity || group.desired === 0) return undefined
  const pods = groupPods(group, input)
  const shares = pods.reduce((sum, pod) => sum + shareOf(pod, capacity) * pod.count, 0)
  const fargateHourly = fargateHourOf(pods, capacity, input)
  const diskHour =
    group.volumeType === 'gp3' ? ((prices.gp3Month(region)?.usd ?? 0) * group.volumeGiB) / HOURS_PER_MONTH : 0
  const paid = (term: PaidBy['term'], price: Price | undefined): PaidBy[] => {
    if (!price) return []
    const from = fargateHourly === undefined ? undefined : (price.usd + diskHour) / fargateHourly
    return [
      {
        term,
        hourly: price.usd,
        ...(term === 'on-demand' || term === 'spot' ? {} : { paysFromHours: price.usd / onDemand.usd }),
        ...(from === undefined ? {} : { cheaperThanFargateFrom: from }),
        ...(price.date === undefined ? {} : { date: price.date }),
      },
    ]
  }
  const terms = prices.instanceTerms(region, group.instanceTypeName)
  const saved = prices.savedByPlan('ec2')
  const plan = saved === undefined ? undefined : { ...onDemand, usd: onDemand.usd * (1 - saved) }
  return {
    group: group.name,
    instanceType: group.instanceTypeName,
    nodes: group.desired,
    requested: shares / group.desired,
    ...(fargateHourly === undefined ? {} : { fargateHourly }),
    countedWith: shares > 0 ? 'pods' : 'machine',
    terms: [
      ...paid('on-demand', onDemand),
      ...paid('savings-plan', plan),
      ...paid('reserved-1-year', terms?.reserved1Year),
      ...paid('reserved-3-years', terms?.reserved3Years),
      ...paid('spot', terms?.spot),
    ],
  }
}

/** What a node's worth of pods costs on Fargate an hour, as the group's pods are mixed. */
function fargateHourOf(
  pods: readonly GroupPods[],
  capacity: Allocatable,
  { region, prices }: BreakEvenInput,
): number | undefined {
  const rate = prices.fargateRate(region)
  if (!rate) return undefined
  const saved = 1 - (prices.savedByPlan('fargate') ?? 0)
  const mix = pods.flatMap(({ count, sizing, ...requests }) => {
    const usd = sizing.fits ? prices.fargateHour(region, sizing.size, sizing.ephemeralGiB) : undefined
    return usd === undefined ? [] : [{ usd: usd * count, share: shareOf(requests, capacity) * count }]
  })
  const share = mix.reduce((sum, each) => sum + each.share, 0)
  if (share > 0) return (mix.reduce((sum, each) => sum + each.usd, 0) / share) * saved
  const { cpuMilli, memoryMiB } = capacity
  return ((cpuMilli / 1000) * rate.vcpuHour + (memoryMiB / 1024) * rate.gbHour) * saved
}
