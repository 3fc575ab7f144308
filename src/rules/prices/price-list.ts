// Owns our prices in the form of AWS's price list: products with attributes, each with the day its figure was read.
// The files of a region's instance prices are read when they are first asked for.
// Source: AWS Price List Query API, "GetProducts"; only attributes that are certain for every product of a kind are set.

import { sha256Hex } from '../../base/sha256.ts'
import { instanceType, typeDetails } from '../nodes/instance-types.ts'
import { listPrices, pricedInstanceTypes, pricedRegions, type Price } from './price.ts'

/** One product and what it costs. */
export interface Product {
  readonly service: string
  readonly family: string
  readonly attributes: Readonly<Record<string, string>>
  readonly unit: string
  readonly what: string
  readonly price: Price
}

const made = new Map<string, readonly Product[]>()

/** Every product that has a price here, or those of a region, in an order that stays. */
export function pricedProducts(region?: string): readonly Product[] {
  return pricedRegions().flatMap((each) => (region === undefined || each === region ? productsIn(each) : []))
}

// There are some hundreds a region, and they are asked for a page at a time.
function productsIn(region: string): readonly Product[] {
  const known = made.get(region) ?? [...instances(region), ...others(region)]
  made.set(region, known)
  return known
}

function instances(region: string): Product[] {
  return pricedInstanceTypes(region).flatMap((name): Product[] => {
    const price = listPrices.instanceHour(region, name)
    const type = instanceType(name)
    if (!price || !type) return []
    const isMetal = name.includes('.metal')
    return [
      {
        service: 'AmazonEC2',
        family: isMetal ? 'Compute Instance (bare metal)' : 'Compute Instance',
        attributes: {
          ...place('AmazonEC2', region),
          instanceType: name,
          vcpu: String(type.vcpu),
          memory: `${type.memoryMiB / 1024} GiB`,
          currentGeneration: typeDetails(name).previous ? 'No' : 'Yes',
          operatingSystem: 'Linux',
          // The price list has bare metal as dedicated capacity alone.
          tenancy: isMetal ? 'Dedicated' : 'Shared',
          preInstalledSw: 'NA',
          licenseModel: 'No License required',
          capacitystatus: 'Used',
          marketoption: 'OnDemand',
          operation: 'RunInstances',
        },
        unit: 'Hrs',
        what: `On Demand Linux ${name} Instance Hour`,
        price,
      },
    ]
  })
}

function others(region: string): Product[] {
  const fargate = listPrices.fargateRate(region)
  const dated = fargate && { source: fargate.source, ...(fargate.date ? { date: fargate.date } : {}) }
  const standard = listPrices.clusterHour('standard')
  const rows: readonly (readonly [string, string, Price | undefined, string, string, object?])[] = [
    ['AmazonEKS', 'Compute', standard, 'Hours', 'Amazon EKS cluster', { operation: 'CreateOperation' }],
    [
      'AmazonEKS',
      'Compute',
      dated && { ...dated, usd: fargate.vcpuHour },
      'Hours',
      'Fargate vCPU',
      { cputype: 'perCPU' },
    ],
    [
      'AmazonEKS',
      'Compute',
      dated && { ...dated, usd: fargate.gbHour },
      'Hours',
      'Fargate GB',
      { memorytype: 'perGB' },
    ],
    ['AmazonEC2', 'NAT Gateway', listPrices.natHour(region), 'Hrs', 'NAT Gateway Hour'],
    [
      'AmazonEC2',
      'Storage',
      listPrices.gp3Month(region),
      'GB-Mo',
      'GB-month of gp3 storage',
      { volumeApiName: 'gp3' },
    ],
    [
      'AWSELB',
      'Load Balancer-Application',
      listPrices.albHour(region),
      'Hrs',
      'Application Load Balancer Hour',
    ],
    ['AWSELB', 'Load Balancer', listPrices.clbHour(region), 'Hrs', 'Classic Load Balancer Hour'],
    ['AWSELB', 'Load Balancer-Network', listPrices.nlbHour(region), 'Hrs', 'Network Load Balancer Hour'],
  ]
  return rows.flatMap(([service, family, price, unit, what, more]) =>
    price ? [{ service, family, attributes: { ...place(service, region), ...more }, unit, what, price }] : [],
  )
}

function place(service: string, region: string): Record<string, string> {
  return { servicecode: service, regionCode: region, locationType: 'AWS Region' }
}

/** AWS's code for prices on demand. */
const ON_DEMAND = 'JRTCKXETXF'
const RATE = '6YS6EN2CT7'

/**
 * A product as GetProducts has it, but for what it says of itself: its version names Neargate, its dates are the day on
 * which the figure was current, and are absent where its source has none.
 */
export function priceListItem({ service, family, attributes, unit, what, price }: Product): object {
  const sku = sha256Hex(JSON.stringify([family, what, attributes]))
  const product = sku.slice(0, 16).toUpperCase()
  const term = `${product}.${ON_DEMAND}`
  const rate = `${term}.${RATE}`
  const date = price.date === undefined ? undefined : `${price.date.padEnd(10, '-01')}T00:00:00Z`
  const dimension = {
    unit,
    endRange: 'Inf',
    description: `$${price.usd} per ${what} (${price.source})`,
    appliesTo: [],
    rateCode: rate,
    beginRange: '0',
    pricePerUnit: { USD: price.usd.toFixed(10) },
  }
  const onDemand = {
    priceDimensions: { [rate]: dimension },
    sku: product,
    ...(date === undefined ? {} : { effectiveDate: date }),
    offerTermCode: ON_DEMAND,
    termAttributes: {},
  }
  return {
    product: { productFamily: family, attributes, sku: product },
    serviceCode: service,
    terms: { OnDemand: { [term]: onDemand } },
    version: 'neargate',
    ...(date === undefined ? {} : { publicationDate: date }),
  }
}
