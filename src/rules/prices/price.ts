// Owns prices: what EKS, Fargate, EC2, load balancers, NAT and disks cost, by region, from published figures only.
import { packageText } from '../../base/package-files.ts'
import type { FargateSize } from '../fargate/size.ts'
import { DEFAULT_EPHEMERAL_GIB } from '../fargate/size.ts'
import { instancePricesOf, regionsWithInstancePrices } from './instance-prices.ts'

/** Months are billed by the hour; AWS's own estimates take 730 of them. */
export const HOURS_PER_MONTH = 730
/** Fargate bills at least a minute of every Linux pod. */
const MINIMUM_SECONDS = 60

/** A figure with where and when it was read. `usd` is per the unit that the function returning it names. */
export interface Price {
  readonly usd: number
  readonly source: string
  /** Day on which the source was current, `YYYY-MM-DD` or `YYYY-MM`; undefined when it does not say. */
  readonly date?: string
}

/** Hourly rates of Fargate for Linux on x86. */
export interface FargateRate {
  readonly vcpuHour: number
  readonly gbHour: number
  /** Per GB and hour above 20 GB; undefined when no figure is known for the region. */
  readonly storageGbHour?: number
  readonly source: string
  readonly date?: string
}

/** `{ "ec2": 0.28 }`: 28 % less than On-Demand. */
export type SavingsPlans = Readonly<Partial<Record<'ec2' | 'fargate', number>>>

/** Figures by region, each with the key of its source; the shape of data/prices.json. */
export interface Figures {
  readonly sources: Readonly<Record<string, { readonly text: string; readonly date?: string }>>
  readonly clusterHour: Readonly<Record<'standard' | 'extended', readonly [number, string]>>
  readonly fargate: Readonly<
    Record<string, { vcpuHour: number; gbHour: number; storageGbHour?: number; source: string }>
  >
  /** On demand, over what data/ec2-prices/ has. */
  readonly ec2Hour: Readonly<Record<string, Readonly<Record<string, readonly [number, string]>>>>
  /** What the prices of data/ec2-prices/ are multiplied by; nothing when undefined. */
  readonly ec2Factor?: number
  /** Shares of the On-Demand price that one's own Savings Plans save. */
  readonly savingsPlans?: SavingsPlans
  readonly clbHour: Readonly<Record<string, readonly [number, string]>>
  readonly nlbHour: Readonly<Record<string, readonly [number, string]>>
  readonly albHour: Readonly<Record<string, readonly [number, string]>>
  readonly natHour: Readonly<Record<string, readonly [number, string]>>
  readonly gp3GbMonth: Readonly<Record<string, readonly [number, string]>>
}

/** An instance an hour, by the terms that it is bought on. What is undefined is not known. */
export interface InstanceTermPrices {
  /** Reserved for a year, or for three, with nothing paid beforehand. */
  readonly reserved1Year?: Price
  readonly reserved3Years?: Price
  /** On average over the region's zones, on the day of its source. */
  readonly spot?: Price
}

/** What things cost, out of one table of figures. */
export interface PriceBook {
  /** The EKS control plane, per hour, by the support its version is in. */
  clusterHour(support: 'standard' | 'extended'): Price | undefined
  /** Fargate's rates in a region, or undefined when no price is known. */
  fargateRate(region: string): FargateRate | undefined
  /**
   * What a pod of this size costs an hour, in USD, or undefined when no price is known: for the region, or for its
   * ephemeral storage above 20 GB.
   */
  fargateHour(region: string, size: FargateSize, ephemeralGiB?: number): number | undefined
  /** EC2 on-demand, Linux, per hour, or undefined when no price is known. */
  instanceHour(region: string, instanceType: string): Price | undefined
  /** What the same instance costs an hour by other terms; undefined when its region's terms are not known. */
  instanceTerms(region: string, instanceType: string): InstanceTermPrices | undefined
  /** The share of the On-Demand price that a Savings Plan of one's own saves; undefined where none is told. */
  savedByPlan(what: keyof SavingsPlans): number | undefined
  /** What EKS Auto Mode asks an hour for looking after a machine; undefined when the machine's price is not known. */
  autoModeHour(region: string, instanceType: string): Price | undefined
  /** A Classic Load Balancer, per hour, without the data it processes. */
  clbHour(region: string): Price | undefined
  /** A Network Load Balancer, per hour, without its capacity units. */
  nlbHour(region: string): Price | undefined
  /** An Application Load Balancer, per hour, without its capacity units. */
  albHour(region: string): Price | undefined
  /** A NAT gateway, per hour, without the data it processes. */
  natHour(region: string): Price | undefined
  /** A gp3 volume at its baseline of 3,000 IOPS and 125 MiB/s, per GB and month. */
  gp3Month(region: string): Price | undefined
}

// "EKS Auto Mode adds an additional 12% cost to EC2 compute resources": so are the examples of AWS's pricing page, whether
// the machine is on demand or spot.
const AUTO_MODE_SHARE = 0.12

/** The prices of a table. */
export function priceBook(figures: Figures): PriceBook {
  const price = (entry: readonly [number, string] | undefined): Price | undefined => {
    if (!entry) return undefined
    const [usd, key] = entry
    const source = figures.sources[key]
    return source && { usd, ...citation(source) }
  }
  const fargateRate = (region: string): FargateRate | undefined => {
    const entry = figures.fargate[region]
    const source = entry && figures.sources[entry.source]
    return entry && source && { ...entry, ...citation(source) }
  }
  const instanceHour = (region: string, instanceType: string): Price | undefined => {
    const above = price(figures.ec2Hour[region]?.[instanceType])
    if (above) return above
    const known = instancePricesOf(region)
    const usd = known?.types.get(instanceType)?.onDemand
    if (!known || usd === undefined) return undefined
    return price([usd * (figures.ec2Factor ?? 1), known.onDemandSource])
  }
  return {
    clusterHour: (support) => price(figures.clusterHour[support]),
    fargateRate,
    fargateHour: (region, size, ephemeralGiB = DEFAULT_EPHEMERAL_GIB) => {
      const rate = fargateRate(region)
      if (!rate) return undefined
      const extraGB = Math.max(0, ephemeralGiB - DEFAULT_EPHEMERAL_GIB)
      if (extraGB > 0 && rate.storageGbHour === undefined) return undefined
      return size.vcpu * rate.vcpuHour + size.memoryGB * rate.gbHour + extraGB * (rate.storageGbHour ?? 0)
    },
    instanceHour,
    instanceTerms: (region, instanceType) => {
      const known = instancePricesOf(region)
      const terms = known?.types.get(instanceType)
      if (!known || !terms) return undefined
      const priced = (usd: number | undefined): Price | undefined =>
        usd === undefined ? undefined : price([usd, known.termsSource])
      const [reserved1Year, reserved3Years] = [priced(terms.reserved1Year), priced(terms.reserved3Years)]
      const spot = priced(terms.spot)
      return {
        ...(reserved1Year && { reserved1Year }),
        ...(reserved3Years && { reserved3Years }),
        ...(spot && { spot }),
      }
    },
    savedByPlan: (what) => figures.savingsPlans?.[what],
    autoModeHour: (region, instanceType) => {
      const machine = instanceHour(region, instanceType)
      return machine && { ...machine, usd: machine.usd * AUTO_MODE_SHARE }
    },
    clbHour: (region) => price(figures.clbHour[region]),
    nlbHour: (region) => price(figures.nlbHour[region]),
    albHour: (region) => price(figures.albHour[region]),
    natHour: (region) => price(figures.natHour[region]),
    gp3Month: (region) => price(figures.gp3GbMonth[region]),
  }
}

function citation({ text, date }: { text: string; date?: string }): { source: string; date?: string } {
  return date === undefined ? { source: text } : { source: text, date }
}

// The file is part of the package and checked by price.test.ts; nothing else writes it.
const figures = JSON.parse(packageText('data/prices.json')) as Figures

/** The table that comes with the program. */
export const bundledFigures: Figures = figures

/** List prices, as far as the table that comes with the program has them. */
export const listPrices: PriceBook = priceBook(figures)

/** The instance types whose prices are known in a region. */
export function pricedInstanceTypes(region: string): readonly string[] {
  const above = Object.keys(figures.ec2Hour[region] ?? {})
  return [...new Set([...(instancePricesOf(region)?.types.keys() ?? []), ...above])]
}

/** The regions that anything has a price in. */
export function pricedRegions(): readonly string[] {
  const { fargate, ec2Hour, clbHour, nlbHour, albHour, natHour, gp3GbMonth } = figures
  const named = [fargate, ec2Hour, clbHour, nlbHour, albHour, natHour, gp3GbMonth].flatMap(Object.keys)
  return [...new Set([...named, ...regionsWithInstancePrices()])].toSorted()
}

/**
 * Seconds that Fargate bills for a pod: from the start of the image download to its end, rounded up to a whole
 * second, at least a minute.
 */
export function billedSeconds(startMs: number, endMs: number): number {
  return Math.max(MINIMUM_SECONDS, Math.ceil((endMs - startMs) / 1000))
}

/** What a pod that ran for so many billed seconds costs, given its price an hour. */
export function costOfSeconds(hourly: number, seconds: number): number {
  return (hourly * seconds) / 3600
}
