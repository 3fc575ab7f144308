import type { DescribeServicesResponse, GetProductsResponse } from '@aws-sdk/client-pricing'
import { expect, test } from 'vitest'

import { listPrices } from '../../../rules/prices/price.ts'
import { createTestRegion } from '../../testing/test-region.ts'

interface Item {
  readonly product: { readonly sku: string; readonly attributes: Readonly<Record<string, string>> }
  readonly version: string
  readonly publicationDate?: string
  readonly terms: {
    readonly OnDemand: Readonly<
      Record<
        string,
        { priceDimensions: Record<string, { pricePerUnit: { USD: string }; description: string }> }
      >
    >
  }
}

async function place() {
  const { endpoint } = await createTestRegion()
  const call = <T>(operation: string, input: object = {}): Promise<T> =>
    endpoint.caller.call<T>('pricing', operation, input)
  const products = async (
    filters: Readonly<Record<string, string>>,
    ServiceCode = 'AmazonEC2',
  ): Promise<Item[]> => {
    const Filters = Object.entries(filters).map(([Field, Value]) => ({ Type: 'TERM_MATCH', Field, Value }))
    const found: Item[] = []
    let NextToken: string | undefined
    do {
      const page = await call<GetProductsResponse>('GetProducts', { ServiceCode, Filters, NextToken })
      found.push(...(page.PriceList ?? []).map((text: unknown) => JSON.parse(String(text)) as Item))
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    return found
  }
  return { call, products }
}

function usdOf({ terms }: Item): number {
  const [term] = Object.values(terms.OnDemand)
  return Number(Object.values(term?.priceDimensions ?? {})[0]?.pricePerUnit.USD)
}

// The filters of Karpenter's price controller.
test('On-Demand prices of a region are found as a node provisioner asks for them', async () => {
  const { products } = await place()
  const found = await products({
    regionCode: 'us-east-1',
    serviceCode: 'AmazonEC2',
    preInstalledSw: 'NA',
    operatingSystem: 'Linux',
    capacitystatus: 'Used',
    marketoption: 'OnDemand',
    tenancy: 'Shared',
    productFamily: 'Compute Instance',
  }).then((items) => items.filter(({ product }) => product.attributes['instanceType'] === 'm5.large'))
  expect(found).toHaveLength(1)
  expect(found.map(usdOf)).toEqual([listPrices.instanceHour('us-east-1', 'm5.large')?.usd])
})

test('a price says that it is ours, where it was read and when', async () => {
  const { products } = await place()
  const [item] = await products({ instanceType: 'm5.large', regionCode: 'ap-southeast-1' })
  const price = listPrices.instanceHour('ap-southeast-1', 'm5.large')
  expect(item?.version).toBe('neargate')
  expect(item?.publicationDate?.slice(0, 7)).toBe(price?.date?.slice(0, 7))
  const [term] = Object.values(item?.terms.OnDemand ?? {})
  expect(Object.values(term?.priceDimensions ?? {})[0]?.description).toContain(price?.source)
})

test('no two products share an SKU', async () => {
  const { products } = await place()
  const skus = [
    ...(await products({ regionCode: 'us-east-1' })),
    ...(await products({ regionCode: 'us-east-2' })),
    ...(await products({}, 'AmazonEKS')),
    ...(await products({}, 'AWSELB')),
  ]
  expect(new Set(skus.map(({ product }) => product.sku)).size).toBe(skus.length)
})

test.each([
  ['CONTAINS', 'operatingSystem', 'inu', true],
  ['ANY_OF', 'instanceType', 'm5.large, m5.xlarge', true],
  ['NONE_OF', 'instanceType', 'm5.large', false],
  ['EQUALS', 'instanceType', 'm5.large', true],
  ['EQUALS', 'colour', 'blue', false],
])('%s %s %s', async (Type, Field, Value, isFound) => {
  const { call } = await place()
  const { PriceList = [] } = await call<GetProductsResponse>('GetProducts', {
    ServiceCode: 'AmazonEC2',
    Filters: [
      { Type: 'TERM_MATCH', Field: 'instanceType', Value: 'm5.large' },
      { Type: 'TERM_MATCH', Field: 'regionCode', Value: 'us-east-1' },
      { Type, Field, Value },
    ],
  })
  expect(PriceList.length > 0).toBe(isFound)
})

test('services and attributes are told, others refused', async () => {
  const { call } = await place()
  const { Services = [] } = await call<DescribeServicesResponse>('DescribeServices')
  expect(new Set(Services.map(({ ServiceCode }) => ServiceCode))).toEqual(
    new Set(['AWSELB', 'AmazonEC2', 'AmazonEKS']),
  )
  const values = { ServiceCode: 'AmazonEC2', AttributeName: 'tenancy' }
  expect(await call('GetAttributeValues', values)).toMatchObject({
    AttributeValues: [{ Value: 'Dedicated' }, { Value: 'Shared' }],
  })
  await expect(call('GetProducts', { ServiceCode: 'AmazonRDS' })).rejects.toMatchObject({
    code: 'NotFoundException',
  })
  await expect(call('GetAttributeValues', { ...values, AttributeName: 'colour' })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  })
})
