// Owns the price of a plan: one line an item, with the figure it comes from, and the total.
import { isCloudNetwork } from '../rules/load-balancer/classic.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import { storageGiB } from '../rules/auto-mode/auto-node.ts'
import type { VersionSupport } from '../rules/eks/kubernetes-versions.ts'
import { asksForFrontend } from '../rules/load-balancer/ingress/frontend.ts'
import { isExplicit, type IngressGroup } from '../rules/load-balancer/ingress/group.ts'
import type { NewNode } from '../rules/auto-mode/provision.ts'
import { HOURS_PER_MONTH, type Price, type PriceBook } from '../rules/prices/price.ts'
import { formatCapacity } from '../rules/fargate/size.ts'
import type { BalancedGateway } from './gateways.ts'
import type { NodeGroupPlan } from './node-groups.ts'
import type { PlacedWorkload } from './placement.ts'
import type { LoadBalancerService } from './service.ts'
import type { SystemPods } from './system-pods.ts'

/** One line of the bill. Without `hourly` it is not in the total, and `note` says why. */
export interface CostItem {
  readonly name: string
  /** What there is `quantity` of: `t3.xlarge`, `0.25vCPU 1GB`. */
  readonly detail: string
  readonly quantity: number
  /** USD, for all of the quantity. */
  readonly hourly?: number
  readonly monthly?: number
  /** Where the figure was read, and when. */
  readonly source?: string
  readonly date?: string
  readonly note?: string
  /** The figure is more than a year old. */
  readonly isOld?: true
}

export interface Cost {
  readonly currency: 'USD'
  /** Sum of the items that have a price, an hour. */
  readonly hourly: number
  /** The same for 730 hours. */
  readonly monthly: number
  readonly items: readonly CostItem[]
}

export interface CostInput {
  readonly config: ClusterConfig
  readonly support: VersionSupport
  readonly groups: readonly NodeGroupPlan[]
  /** Those that Auto Mode starts. */
  readonly autoNodes: readonly NewNode[]
  readonly placed: readonly PlacedWorkload[]
  readonly systemPods: readonly SystemPods[]
  readonly services: readonly LoadBalancerService[]
  readonly ingressGroups: readonly IngressGroup[]
  readonly gateways: readonly BalancedGateway[]
  readonly prices: PriceBook
  /** Figures that were read more than a year before are old. */
  readonly today: Date
}

/** The note of an item for which no figure is at hand. */
export const NO_PRICE = 'no price known'

/**
 * What the plan costs while it runs: control plane, nodes and their disks, Fargate pods, load balancers, NAT. Traffic,
 * load balancer capacity units and logs depend on use and are not in it.
 */
export function costOf(input: CostInput): Cost {
  const { prices } = input
  const { region } = input.config.metadata
  const place = { prices, region }
  const items = [
    controlPlane(input),
    ...input.groups.flatMap((group) => nodeGroupItems(group, place)),
    ...autoNodeItems(input.autoNodes, place),
    ...input.placed.flatMap((each) => fargateItem(each, place) ?? []),
    ...input.systemPods.map((pods) => systemItem(pods, place)),
    ...input.services.map(({ namespace, name, isClassic, object }) => {
      const [kind, price] =
        isClassic && !isCloudNetwork(object)
          ? ['CLB', prices.clbHour(region)]
          : ['NLB', prices.nlbHour(region)]
      return priced(`${kind} ${namespace}/${name}`, 'load balancer', 1, price)
    }),
    ...input.ingressGroups.flatMap(({ id, members }) => {
      const name = isExplicit(id) ? `group ${id}` : id
      const front = priced(`NLB in front of ${name}`, 'load balancer', 1, prices.nlbHour(region))
      return [
        priced(`ALB ${name}`, 'load balancer', 1, prices.albHour(region)),
        ...(asksForFrontend(members) ? [front] : []),
      ]
    }),
    ...input.gateways.map(({ namespace, name, flavor }) => {
      const hour = flavor === 'alb' ? prices.albHour(region) : prices.nlbHour(region)
      return priced(`${flavor.toUpperCase()} Gateway ${namespace}/${name}`, 'load balancer', 1, hour)
    }),
    natItem(input),
  ].flatMap((item) => (item ? aged(item, input.today) : []))
  const hourly = round(items.reduce((sum, item) => sum + (item.hourly ?? 0), 0))
  return { currency: 'USD', hourly, monthly: month(hourly), items }
}

/** Where something is paid for, and by which prices. */
interface Place {
  readonly prices: PriceBook
  readonly region: string
}

const YEAR_MS = 365 * 86_400_000

function aged(item: CostItem, today: Date): CostItem {
  const isOld = item.date !== undefined && today.getTime() - Date.parse(item.date) > YEAR_MS
  return isOld ? { ...item, isOld } : item
}

function controlPlane({ support, prices }: CostInput): CostItem {
  // AWS upgrades a cluster of a retired version to the oldest that it still supports, which is in extended support.
  const kind = support === 'extended' || support === 'retired' ? 'extended' : 'standard'
  return priced('EKS control plane', `${kind} support`, 1, prices.clusterHour(kind))
}

function nodeGroupItems(group: NodeGroupPlan, { prices, region }: Place): CostItem[] {
  const name = `Node group ${group.name}`
  if (group.desired === 0) return []
  const nodes = group.spot
    ? unpriced(name, `${group.instanceTypeName} spot`, group.desired, 'spot prices change by the minute')
    : priced(name, group.instanceTypeName, group.desired, instanceHour(group, { prices, region }))
  const disk = group.volumeType === 'gp3' ? prices.gp3Month(region) : undefined
  const diskHour = disk && { ...disk, usd: (disk.usd * group.volumeGiB) / HOURS_PER_MONTH }
  return [
    nodes,
    priced(`Disks of ${group.name}`, `${group.volumeType} ${group.volumeGiB} GB`, group.desired, diskHour),
  ]
}

// The table has the prices of Linux: Windows is paid for besides.
function instanceHour({ system, instanceTypeName }: NodeGroupPlan, { prices, region }: Place) {
  return system === 'windows' ? undefined : prices.instanceHour(region, instanceTypeName)
}

// Each type of a pool is a line, and what EKS asks for looking after it another.
function autoNodeItems(nodes: readonly NewNode[], { prices, region }: Place): CostItem[] {
  const kinds = Map.groupBy(nodes, ({ pool, types, capacityType }) =>
    [pool, types[0]?.type.name ?? '', capacityType].join(' '),
  )
  const machines = [...kinds.values()].flatMap((same) => {
    const [{ pool, types, capacityType } = same[0] as NewNode] = same
    const type = types[0]?.type.name ?? ''
    const name = `Auto Mode pool ${pool}`
    const fee = priced('Auto Mode', `fee, ${type}`, same.length, prices.autoModeHour(region, type))
    if (capacityType === 'spot') {
      return [unpriced(name, `${type} spot`, same.length, 'spot prices change by the minute'), fee]
    }
    return [priced(name, type, same.length, prices.instanceHour(region, type)), fee]
  })
  if (nodes.length === 0) return []
  const disk = prices.gp3Month(region)
  const diskHour = disk && { ...disk, usd: (disk.usd * storageGiB()) / HOURS_PER_MONTH }
  return [...machines, priced('Disks of Auto Mode', `gp3 ${storageGiB()} GB`, nodes.length, diskHour)]
}

function fargateItem(
  { workload, placement, sizing }: PlacedWorkload,
  { prices, region }: Place,
): CostItem | undefined {
  if (placement.compute === 'ec2' || !sizing?.fits || workload.replicas === 0) return undefined
  const name = `Fargate ${workload.namespace}/${workload.name}`
  const detail = formatCapacity(sizing.size)
  const rate = prices.fargateRate(region)
  const usd = prices.fargateHour(region, sizing.size, sizing.ephemeralGiB)
  const figure = rate && usd !== undefined ? { ...rate, usd } : undefined
  if (!workload.lasting) {
    const note = usd === undefined ? NO_PRICE : `${hourMoney(usd)} a pod and hour while it exists`
    return unpriced(name, detail, workload.replicas, note)
  }
  return priced(name, detail, workload.replicas, figure)
}

function systemItem(
  { namespace, name, replicas, size, ephemeralGiB }: SystemPods,
  { prices, region }: Place,
): CostItem {
  const rate = prices.fargateRate(region)
  const usd = prices.fargateHour(region, size, ephemeralGiB)
  const figure = rate && usd !== undefined ? { ...rate, usd } : undefined
  return priced(`Fargate ${namespace}/${name}`, formatCapacity(size), replicas, figure)
}

/** eksctl makes NAT gateways when it makes the network; with given subnets the network brings its own. */
function natItem({ config, prices }: CostInput): CostItem | undefined {
  const { region } = config.metadata
  if (config.vpc?.subnets !== undefined) {
    return unpriced('NAT gateway', 'of the given subnets', 0, 'belongs to the network, not to the cluster')
  }
  const mode = config.vpc?.nat?.gateway ?? 'Single'
  if (mode === 'Disable') return undefined
  const zones = config.availabilityZones?.length ?? (region === 'us-east-1' ? 2 : 3)
  return priced('NAT gateway', mode, mode === 'HighlyAvailable' ? zones : 1, prices.natHour(region))
}

function priced(name: string, detail: string, quantity: number, figure: Price | undefined): CostItem {
  if (!figure) return unpriced(name, detail, quantity, NO_PRICE)
  const hourly = round(figure.usd * quantity)
  const { source, date } = figure
  const item = { name, detail, quantity, hourly, monthly: month(hourly), source }
  return date === undefined ? item : { ...item, date }
}

function unpriced(name: string, detail: string, quantity: number, note: string): CostItem {
  return { name, detail, quantity, note }
}

/** Prices are kept to a millionth of a dollar, so that sums of published figures come out as on paper. */
function round(usd: number): number {
  return Math.round(usd * 1e6) / 1e6
}

function month(hourly: number): number {
  return Math.round(hourly * HOURS_PER_MONTH * 100) / 100
}

/** An hourly price: `$0.0161`. */
export function hourMoney(usd: number): string {
  return `$${usd.toFixed(4)}`
}

/** A monthly price: `$463.87`. */
export function monthMoney(usd: number): string {
  return `$${usd.toFixed(2)}`
}
