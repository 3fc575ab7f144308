// Owns the surface of Service Quotas.
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import * as quotas from './quotas.ts'

/** Builds the service of one region; it keeps nothing. */
export function createServiceQuotas(deps: ServiceDeps): AwsService {
  return defineService(
    'service-quotas',
    bindOperations(deps, {
      ListServices: quotas.listServices,
      ListServiceQuotas: quotas.listServiceQuotas,
      ListAWSDefaultServiceQuotas: quotas.listDefaultQuotas,
      GetServiceQuota: quotas.getServiceQuota,
      GetAWSDefaultServiceQuota: quotas.getDefaultQuota,
    }),
  )
}
