// Owns the reading of AWS's public price list: which lines of its bulk files are prices that a plan needs. Pure.
// Source: AWS Price List Bulk API, `offers/v1.0/aws/OFFER/current/REGION/index.csv`: five lines about the file, a line of
// headings, and a line a price, every field in quotes.

/** Offers that have what a plan needs. us-east-1 has no AWSELB: its load balancers are lines of AmazonEC2. */
export const OFFERS = ['AmazonEC2', 'AmazonECS', 'AWSELB'] as const

export type Offer = (typeof OFFERS)[number]

/** A price that a line has. */
export type BulkPrice =
  | { readonly table: 'ec2Hour'; readonly instanceType: string; readonly usd: number }
  | { readonly table: 'clbHour' | 'nlbHour' | 'albHour' | 'natHour' | 'gp3GbMonth'; readonly usd: number }
  | {
      readonly table: 'fargate'
      readonly rate: 'vcpuHour' | 'gbHour' | 'storageGbHour'
      readonly usd: number
    }

/** The fields of a line. */
export function csvFields(line: string): readonly string[] {
  const fields: string[] = []
  for (const [, quoted, plain] of line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)) {
    fields.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
  }
  // The empty match behind the last comma, or behind the last field.
  return fields.slice(0, -1)
}

type Row = Readonly<Record<string, string | undefined>>

/** Reads the lines of one file in turn. */
export class BulkReader {
  #headings: readonly string[] | undefined
  /** When AWS published the file, `YYYY-MM-DD`; undefined until that line has come. */
  published: string | undefined

  /** The price on a line; undefined when it has none that a plan needs. */
  read(line: string): BulkPrice | undefined {
    const fields = csvFields(line)
    if (!this.#headings) {
      if (fields[0] === 'Publication Date') this.published = fields[1]?.slice(0, 'YYYY-MM-DD'.length)
      if (fields[0] === 'SKU') this.#headings = fields
      return undefined
    }
    return priceOf(Object.fromEntries(this.#headings.map((heading, at) => [heading, fields[at]])))
  }
}

const FARGATE = [
  [/(^|-)Fargate-vCPU-Hours:perCPU$/, 'vcpuHour'],
  [/(^|-)Fargate-GB-Hours$/, 'gbHour'],
  [/(^|-)Fargate-EphemeralStorage-GB-Hours$/, 'storageGbHour'],
] as const

function priceOf(row: Row): BulkPrice | undefined {
  const usd = Number(row['PricePerUnit'])
  // A zero is the free part of a price, or what an instance costs within a reservation.
  if (row['TermType'] !== 'OnDemand' || row['Currency'] !== 'USD' || !(usd > 0)) return undefined
  const usage = row['usageType'] ?? ''
  if (isSharedLinux(row)) return { table: 'ec2Hour', instanceType: row['Instance Type'] ?? '', usd }
  if (/(^|-)EBS:VolumeUsage\.gp3$/.test(usage)) return { table: 'gp3GbMonth', usd }
  if (/(^|-)NatGateway-Hours$/.test(usage)) return { table: 'natHour', usd }
  if (/(^|-)LoadBalancerUsage$/.test(usage)) {
    if (row['operation'] === 'LoadBalancing:Network') return { table: 'nlbHour', usd }
    if (row['operation'] === 'LoadBalancing:Application') return { table: 'albHour', usd }
    return row['operation'] === 'LoadBalancing' ? { table: 'clbHour', usd } : undefined
  }
  const rate = FARGATE.find(([pattern]) => pattern.test(usage))?.[1]
  return rate && { table: 'fargate', rate, usd }
}

function isSharedLinux(row: Row): boolean {
  return (
    row['Product Family'] === 'Compute Instance' &&
    row['Tenancy'] === 'Shared' &&
    row['Operating System'] === 'Linux' &&
    row['Pre Installed S/W'] === 'NA' &&
    row['CapacityStatus'] === 'Used' &&
    row['operation'] === 'RunInstances'
  )
}
