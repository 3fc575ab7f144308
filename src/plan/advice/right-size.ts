// Owns hints at sizes that would do: of machines for the pods that run on them, of requests for what Fargate bills. Pure.
import { formatBytes, formatCpu } from '../../base/quantity.ts'
import { formatCapacity, fargateSizes, limitsOf, type FargateSize } from '../../rules/fargate/size.ts'
import { allocatableOf } from '../../rules/nodes/allocatable.ts'
import { instanceType, typeDetails, type InstanceType } from '../../rules/nodes/instance-types.ts'
import { HOURS_PER_MONTH, pricedInstanceTypes, type PriceBook } from '../../rules/prices/price.ts'
import type { NodeGroupPlan } from '../node-groups.ts'
import type { PlacedWorkload } from '../placement.ts'
import { groupPods, type GroupPods } from './group-pods.ts'

/** One change that saves money. */
export interface SizeHint {
  /** `Node group ng`, `Deployment shop/web`. */
  readonly subject: string
  readonly now: string
  readonly instead: string
  /** USD a month. */
  readonly saves: number
  /** What would have to change, and what it leaves out of account. */
  readonly by: string
}

export interface RightSizeInput {
  readonly region: string
  readonly prices: PriceBook
  readonly groups: readonly NodeGroupPlan[]
  readonly placed: readonly PlacedWorkload[]
}

/** Less is not worth a change, in USD a month. */
const WORTH_TELLING = 1
/** Requests that would have to shrink by more are no matter of rounding. */
const MOST_SHRINK = 0.25
/**
 * What a node needs besides: aws-node, kube-proxy and one of CoreDNS's pods by the requests that EKS gives them (50m, 100m,
 * 100m and 70Mi), and as much again for DaemonSets of one's own.
 */
const BESIDES = { cpuMilli: 500, memoryMiB: 256, pods: 5 }

/** The hints for a project, what saves most first. */
export function sizeHints(input: RightSizeInput): readonly SizeHint[] {
  const hints = [
    ...input.groups.flatMap((group) => machineHint(group, input) ?? []),
    ...input.placed.flatMap((each) => podHint(each, input) ?? []),
  ]
  return hints.toSorted((a, b) => b.saves - a.saves)
}

/** Workloads on EC2 whose pods do not say what they need: no size can be told from them. */
export function withoutRequests({ groups, placed }: RightSizeInput): readonly string[] {
  return groups.flatMap((group) =>
    groupPods(group, { groups, placed }).flatMap((pod) => (asksForNothing(pod) ? [pod.workload] : [])),
  )
}

function asksForNothing({ cpuMilli, memoryMiB }: GroupPods): boolean {
  return cpuMilli === 0 || memoryMiB === 0
}

/** The cheapest machines of the same kind that hold the group's pods, as many of them as it has nodes at least. */
function machineHint(group: NodeGroupPlan, input: RightSizeInput): SizeHint | undefined {
  const { region, prices } = input
  const pods = groupPods(group, input)
  const { type } = group
  const price = prices.instanceHour(region, group.instanceTypeName)
  if (!type || !price || group.desired === 0 || pods.length === 0 || group.spot) return undefined
  if (pods.some(asksForNothing)) return undefined
  // Fewer nodes than the config asks for would be less safe, so their number stays.
  const fitting = pricedInstanceTypes(region).flatMap((name) => {
    const other = instanceType(name)
    const usd = prices.instanceHour(region, name)?.usd
    if (!other || usd === undefined || usd >= price.usd || !isAlike(other, type)) return []
    return holds(other, pods, group.desired) ? [{ name, usd }] : []
  })
  const [best] = fitting.toSorted((a, b) => a.usd - b.usd)
  const saves = best ? monthly((price.usd - best.usd) * group.desired) : 0
  if (!best || saves < WORTH_TELLING) return undefined
  return {
    subject: `Node group ${group.name}`,
    now: `${group.desired} × ${type.name}`,
    instead: `${group.desired} × ${best.name}`,
    saves,
    by: `${podCount(pods)} fit on as many nodes, beside what every node needs`,
  }
}

/** Of the same architecture and kind of machine: what a type is chosen for besides its size stays. */
function isAlike(other: InstanceType, type: InstanceType): boolean {
  const [a, b] = [typeDetails(other.name), typeDetails(type.name)]
  return (
    other.arch === type.arch &&
    !other.name.includes('.metal') &&
    a.previous === undefined &&
    a.burstable === b.burstable &&
    (a.gpus === undefined) === (b.gpus === undefined) &&
    (a.neuron === undefined) === (b.neuron === undefined) &&
    (a.disks === undefined) === (b.disks === undefined) &&
    (a.efa === undefined) === (b.efa === undefined)
  )
}

/** First fit, largest pods first. */
function holds(type: InstanceType, pods: readonly GroupPods[], nodes: number): boolean {
  const one = allocatableOf(type)
  const free = Array.from({ length: nodes }, () => ({
    cpu: one.cpuMilli - BESIDES.cpuMilli,
    memory: one.memoryMiB - BESIDES.memoryMiB,
    pods: one.pods - BESIDES.pods,
  }))
  const each = pods
    .flatMap((pod) => Array.from({ length: pod.count }, () => pod))
    .toSorted(
      (a, b) =>
        b.memoryMiB / one.memoryMiB +
        b.cpuMilli / one.cpuMilli -
        (a.memoryMiB / one.memoryMiB + a.cpuMilli / one.cpuMilli),
    )
  return each.every((pod) => {
    const node = free.find(
      ({ cpu, memory, pods: left }) => cpu >= pod.cpuMilli && memory >= pod.memoryMiB && left >= 1,
    )
    if (!node) return false
    node.cpu -= pod.cpuMilli
    node.memory -= pod.memoryMiB
    node.pods -= 1
    return true
  })
}

/** A cheaper Fargate size that a pod of the workload nearly fits into. */
function podHint(placed: PlacedWorkload, { region, prices }: RightSizeInput): SizeHint | undefined {
  const { workload, placement, sizing } = placed
  if (placement.compute !== 'fargate' || !sizing?.fits || !workload.lasting || workload.replicas === 0)
    return undefined
  const { requests, size, ephemeralGiB } = sizing
  const usd = prices.fargateHour(region, size, ephemeralGiB)
  if (usd === undefined) return undefined
  const cheaper = fargateSizes.flatMap((other) => {
    const price = prices.fargateHour(region, other, ephemeralGiB)
    const lower = price !== undefined && price < usd ? loweredRequests(requests, other) : undefined
    return price !== undefined && lower !== undefined ? [{ other, price, lower }] : []
  })
  const [best] = cheaper.toSorted((a, b) => a.price - b.price)
  const saves = best ? monthly((usd - best.price) * workload.replicas) : 0
  if (!best || saves < WORTH_TELLING) return undefined
  return {
    subject: `${workload.kind} ${workload.namespace}/${workload.name}`,
    now: `${workload.replicas} × ${formatCapacity(size)}`,
    instead: `${workload.replicas} × ${formatCapacity(best.other)}`,
    saves,
    by: `requests of ${best.lower} at most, with the 256 MiB that Fargate adds`,
  }
}

/** The requests that fit a size, in words; undefined where they would have to shrink by much. */
function loweredRequests(
  { cpuMilli, memoryBytes }: { readonly cpuMilli: number; readonly memoryBytes: number },
  size: FargateSize,
): string | undefined {
  const limits = limitsOf(size)
  const tooMuch = (asked: number, limit: number): boolean => asked * (1 - MOST_SHRINK) > limit
  if (tooMuch(cpuMilli, limits.cpuMilli) || tooMuch(memoryBytes, limits.memoryBytes)) return undefined
  return [
    ...(cpuMilli > limits.cpuMilli ? [`cpu ${formatCpu(limits.cpuMilli)}`] : []),
    ...(memoryBytes > limits.memoryBytes ? [`memory ${formatBytes(limits.memoryBytes)}`] : []),
  ].join(' and ')
}

function podCount(pods: readonly GroupPods[]): string {
  const count = pods.reduce((sum, pod) => sum + pod.count, 0)
  return count === 1 ? 'its pod would' : `its ${count} pods would`
}

function monthly(hourly: number): number {
  return Math.round(hourly * HOURS_PER_MONTH * 100) / 100
}
