// Owns the surface of the Price List Query API.
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import * as products from './products.ts'

/** Builds the service; prices are the same everywhere, and nothing is kept. */
export function createPricing(): AwsService {
  return defineService(
    'pricing',
    bindOperations(undefined, {
      DescribeServices: products.describeServices,
      GetAttributeValues: products.getAttributeValues,
      GetProducts: products.getProducts,
    }),
  )
}
