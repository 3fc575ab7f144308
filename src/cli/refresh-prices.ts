// Owns fetching AWS's public price list: line by line, as its EC2 file alone has some hundred megabytes, and only what changed.
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'

import { UserError } from '../base/errors.ts'
import { BulkReader, OFFERS, type BulkPrice, type Offer } from '../rules/prices/bulk-list.ts'
import type { PriceFile } from '../rules/prices/price-file.ts'

/** Where AWS publishes its price list, for everybody. */
export const AWS_PRICE_LIST = 'https://pricing.us-east-1.amazonaws.com'

/** What `prices refresh` keeps: figures, and the version of each file that they are from. */
export type RefreshedPrices = PriceFile & { readonly etags?: Readonly<Record<string, string>> }

export interface Refresh {
  /** Base URL. */
  readonly from: string
  readonly regions: readonly string[]
  readonly known: RefreshedPrices
  readonly onFile: (told: string) => void
}

/** The figures of the regions, with what was known before of others. @throws UserError when the list cannot be read */
export async function refreshPrices({ from, regions, known, onFile }: Refresh): Promise<RefreshedPrices> {
  let prices = known
  for (const region of regions) {
    for (const offer of OFFERS) prices = await refreshFile({ from, offer, region }, prices, onFile)
  }
  return prices
}

interface File {
  readonly from: string
  readonly offer: Offer
  readonly region: string
}

async function refreshFile(
  { from, offer, region }: File,
  known: RefreshedPrices,
  onFile: (told: string) => void,
): Promise<RefreshedPrices> {
  const path = `offers/v1.0/aws/${offer}/current/${region}/index.csv`
  const etag = known.etags?.[path]
  const response = await fetch(`${from}/${path}`, {
    headers: etag === undefined ? {} : { 'if-none-match': etag },
  }).catch((error: unknown) => {
    throw new UserError(`AWS's price list at ${from} does not answer`, {
      help: 'Plans go on with the prices that are known. Behind a proxy, set NODE_USE_ENV_PROXY=1 and HTTPS_PROXY.',
      cause: error,
    })
  })
  if (response.status === 304) {
    onFile(`${offer} ${region}: unchanged`)
    return known
  }
  // us-east-1 has no file of AWSELB; S3 tells of what is not there as forbidden.
  if ((response.status === 404 || response.status === 403) && offer === 'AWSELB') return known
  if (!response.ok || !response.body) {
    throw new UserError(`AWS's price list has no ${path}: HTTP ${response.status}`, {
      help: 'Name a region of the commercial partition, e.g. --region eu-west-1.',
    })
  }
  const reader = new BulkReader()
  const found: BulkPrice[] = []
  for await (const line of createInterface({ input: Readable.fromWeb(response.body), crlfDelay: Infinity })) {
    const price = reader.read(line)
    if (price) found.push(price)
  }
  const newTag = response.headers.get('etag')
  onFile(`${offer} ${region}: ${found.length} prices, published ${reader.published ?? 'at a day not told'}`)
  const file = { offer, region, published: reader.published }
  return {
    ...withFound(known, found, file),
    etags: { ...known.etags, ...(newTag === null ? {} : { [path]: newTag }) },
  }
}

interface Read {
  readonly offer: Offer
  readonly region: string
  readonly published: string | undefined
}

function withFound(
  known: RefreshedPrices,
  found: readonly BulkPrice[],
  { offer, region, published }: Read,
): RefreshedPrices {
  if (found.length === 0) return known
  const key = `${offer}/${region}`
  const text = `AWS's public price list, ${offer} in ${region}`
  const sources = { ...known.sources, [key]: published === undefined ? { text } : { text, date: published } }
  const rate = fargateRate(found)
  const fargate = rate && { fargate: { ...known.fargate, [region]: { ...rate, source: key } } }
  const prices = { ...known, sources, ...fargate }
  return found.reduce<RefreshedPrices>((now, price) => withPrice(now, price, { region, key }), prices)
}

/** Fargate's rates; undefined while one of the two that every pod needs is missing. */
function fargateRate(
  found: readonly BulkPrice[],
): { vcpuHour: number; gbHour: number; storageGbHour?: number } | undefined {
  const rates = Object.fromEntries(
    found.flatMap((price) => (price.table === 'fargate' ? [[price.rate, price.usd]] : [])),
  )
  const { vcpuHour, gbHour, storageGbHour } = rates
  if (vcpuHour === undefined || gbHour === undefined) return undefined
  return { vcpuHour, gbHour, ...(storageGbHour === undefined ? {} : { storageGbHour }) }
}

function withPrice(
  prices: RefreshedPrices,
  price: BulkPrice,
  { region, key }: { readonly region: string; readonly key: string },
): RefreshedPrices {
  if (price.table === 'fargate') return prices
  if (price.table === 'ec2Hour') {
    const types = { ...prices.ec2Hour?.[region], [price.instanceType]: [price.usd, key] as const }
    return { ...prices, ec2Hour: { ...prices.ec2Hour, [region]: types } }
  }
  return { ...prices, [price.table]: { ...prices[price.table], [region]: [price.usd, key] } }
}
