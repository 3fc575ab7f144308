// Owns the surface of Service Quotas.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations, ServiceDeps } from '../../protocol/service.ts'
import * as changes from './changes.ts'
import * as quotas from './quotas.ts'
import { QuotaState } from './state.ts'

/** Builds the service of one region; it keeps what was raised. */
export function operationsOf(deps: ServiceDeps): Operations {
  return bindOperations(new QuotaState(deps), {
    ListServices: quotas.listServices,
    ListServiceQuotas: quotas.listServiceQuotas,
    ListAWSDefaultServiceQuotas: quotas.listDefaultQuotas,
    GetRequestedServiceQuotaChange: changes.getRequestedServiceQuotaChange,
    ListRequestedServiceQuotaChangeHistory: changes.listRequestedServiceQuotaChangeHistory,
    RequestServiceQuotaIncrease: changes.requestServiceQuotaIncrease,
    GetServiceQuota: quotas.getServiceQuota,
    GetAWSDefaultServiceQuota: quotas.getDefaultQuota,
  })
}
