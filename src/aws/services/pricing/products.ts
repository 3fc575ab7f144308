// Owns the questions of the Price List Query API, answered out of the prices that `plan` counts with.
import type {
  DescribeServicesRequest,
  DescribeServicesResponse,
  Filter,
  GetAttributeValuesRequest,
  GetAttributeValuesResponse,
  GetProductsRequest,
  GetProductsResponse,
} from '@aws-sdk/client-pricing'

import { AwsError } from '../../../base/errors.ts'
import { priceListItem, pricedProducts, type Product } from '../../../rules/prices/price-list.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'

const TOKEN_CODE = 'InvalidNextTokenException'
/** MaxResults, where the request names none. */
const PAGE = 100

interface PageInput {
  readonly NextToken?: string | undefined
  readonly MaxResults?: number | undefined
}

function page<T>(items: readonly T[], { NextToken: token, MaxResults: limit }: PageInput) {
  return paginate(items, { token, limit, defaultLimit: PAGE, tokenCode: TOKEN_CODE })
}

function productsOf(service: string | undefined, filters: readonly Filter[] = []): readonly Product[] {
  const found = pricedProducts(regionIn(filters)).filter((product) => product.service === service)
  const isKnown =
    found.length > 0 || pricedProducts('us-east-1').some((product) => product.service === service)
  if (isKnown) return found
  throw new AwsError('NotFoundException', `No prices of the service ${service} are known near.`)
}

/** The one region that filters leave; undefined when they do not name one. */
function regionIn(filters: readonly Filter[]): string | undefined {
  return filters.find(
    ({ Field, Type }) =>
      Field?.toLowerCase() === 'regioncode' && (Type === 'TERM_MATCH' || Type === 'EQUALS'),
  )?.Value
}

/** Attributes with the product's family, by name in lower case: filters write them either way. */
function attributesOf({ family, attributes }: Product): ReadonlyMap<string, string> {
  const all = Object.entries({ ...attributes, productFamily: family })
  return new Map(all.map(([name, value]) => [name.toLowerCase(), value]))
}

/** GetProducts. @throws AwsError NotFoundException, InvalidNextTokenException */
export const getProducts = operation<unknown, GetProductsRequest, GetProductsResponse>()({
  honours: ['ServiceCode', 'Filters[].Type', 'Filters[].Field', 'Filters[].Value', 'NextToken', 'MaxResults'],
  keeps: ['FormatVersion'],
  handle: (input) => {
    const found = productsOf(input.ServiceCode, input.Filters).filter((product) => {
      const attributes = attributesOf(product)
      return (input.Filters ?? []).every((filter) => matches(attributes, filter))
    })
    const { items, token } = page(found, input)
    return {
      FormatVersion: 'aws_v1',
      PriceList: items.map((product) => JSON.stringify(priceListItem(product))),
      NextToken: token,
    }
  },
})

function matches(attributes: ReadonlyMap<string, string>, { Type, Field = '', Value = '' }: Filter): boolean {
  const value = attributes.get(Field.toLowerCase())
  const listed = Value.split(',').map((each) => each.trim())
  if (Type === 'NONE_OF') return value === undefined || !listed.includes(value)
  if (value === undefined) return false
  if (Type === 'CONTAINS') return value.includes(Value)
  return Type === 'ANY_OF' ? listed.includes(value) : value === Value
}

/** DescribeServices: those with prices near. @throws AwsError NotFoundException, InvalidNextTokenException */
export const describeServices = operation<unknown, DescribeServicesRequest, DescribeServicesResponse>()({
  honours: ['ServiceCode', 'NextToken', 'MaxResults'],
  keeps: ['FormatVersion'],
  handle: (input) => {
    const products = input.ServiceCode === undefined ? pricedProducts() : productsOf(input.ServiceCode)
    const services = [...Map.groupBy(products, ({ service }) => service)]
    const { items, token } = page(services, input)
    return {
      FormatVersion: 'aws_v1',
      Services: items.map(([ServiceCode, theirs]) => ({
        ServiceCode,
        AttributeNames: [
          ...new Set(['productFamily', ...theirs.flatMap(({ attributes }) => Object.keys(attributes))]),
        ],
      })),
      NextToken: token,
    }
  },
})

/** GetAttributeValues. @throws AwsError NotFoundException, InvalidParameterException, InvalidNextTokenException */
export const getAttributeValues = operation<unknown, GetAttributeValuesRequest, GetAttributeValuesResponse>()(
  {
    honours: ['ServiceCode', 'AttributeName', 'NextToken', 'MaxResults'],
    handle: (input) => {
      const name = input.AttributeName?.toLowerCase() ?? ''
      const values = productsOf(input.ServiceCode).flatMap((product) => attributesOf(product).get(name) ?? [])
      if (values.length === 0) {
        throw new AwsError('InvalidParameterException', `Unknown attribute name: ${input.AttributeName}`)
      }
      const { items, token } = page([...new Set(values)].toSorted(), input)
      return { AttributeValues: items.map((Value) => ({ Value })), NextToken: token }
    },
  },
)
