// Owns the surface of the Price List Query API.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations } from '../../protocol/service.ts'
import * as products from './products.ts'

/** Builds the service; prices are the same everywhere, and nothing is kept. */
export function operationsOf(): Operations {
  return bindOperations(undefined, {
    DescribeServices: products.describeServices,
    GetAttributeValues: products.getAttributeValues,
    GetProducts: products.getProducts,
  })
}
