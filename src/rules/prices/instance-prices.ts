// Owns what EC2 instances cost by region: on demand, reserved, and on average as spot. One file a region, read when it is asked for.
import { isPackaged, packageText } from '../../base/package-files.ts'
import { standardRegions } from '../regions/region-names.ts'

/** USD an hour. What is undefined is not known, or is not sold. */
export interface InstanceTerms {
  readonly onDemand: number
  /** Standard reserved instances with nothing paid beforehand, for one year and for three. */
  readonly reserved1Year?: number
  readonly reserved3Years?: number
  /** The average of the region's zones on the day of the source; spot prices move all the time. */
  readonly spot?: number
}

/** The prices of a region, with the keys of their sources in data/prices.json. */
export interface RegionInstancePrices {
  readonly onDemandSource: string
  readonly termsSource: string
  readonly types: ReadonlyMap<string, InstanceTerms>
}

/** The form of data/ec2-prices/REGION.json: on demand, one year, three years, spot. */
interface PriceFile {
  readonly onDemand: string
  readonly terms: string
  readonly types: Readonly<Record<string, readonly (number | null)[]>>
}

const read = new Map<string, RegionInstancePrices | undefined>()

/** The prices of a region that come with the program; undefined where there are none. */
export function instancePricesOf(region: string): RegionInstancePrices | undefined {
  if (!read.has(region)) read.set(region, load(region))
  return read.get(region)
}

let regions: readonly string[] | undefined

/** The regions whose instance prices come with the program. Looked for once: a package does not change as it runs. */
export function regionsWithInstancePrices(): readonly string[] {
  regions ??= standardRegions.filter((region) => isPackaged(pathOf(region)))
  return regions
}

function pathOf(region: string): string {
  return `data/ec2-prices/${region}.json`
}

function load(region: string): RegionInstancePrices | undefined {
  // Other names are no part of a path.
  if (!standardRegions.includes(region) || !isPackaged(pathOf(region))) return undefined
  // The file is part of the package and checked by instance-prices.test.ts; nothing else writes it.
  const file = JSON.parse(packageText(pathOf(region))) as PriceFile
  const types = Object.entries(file.types).flatMap(([name, row]) => {
    const terms = termsOf(row)
    return terms ? [[name, terms] as const] : []
  })
  return { onDemandSource: file.onDemand, termsSource: file.terms, types: new Map(types) }
}

function termsOf(row: readonly (number | null)[]): InstanceTerms | undefined {
  const [onDemand, reserved1Year, reserved3Years, spot] = row
  if (typeof onDemand !== 'number') return undefined
  return {
    onDemand,
    ...(reserved1Year ? { reserved1Year } : {}),
    ...(reserved3Years ? { reserved3Years } : {}),
    ...(spot ? { spot } : {}),
  }
}
