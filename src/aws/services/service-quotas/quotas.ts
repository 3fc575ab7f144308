// Owns the questions about quotas: every account near has those that AWS gives to begin with.
// Source: Service Quotas API reference.
import type {
  GetAWSDefaultServiceQuotaRequest,
  GetAWSDefaultServiceQuotaResponse,
  GetServiceQuotaRequest,
  GetServiceQuotaResponse,
  ListAWSDefaultServiceQuotasRequest,
  ListAWSDefaultServiceQuotasResponse,
  ListServiceQuotasRequest,
  ListServiceQuotasResponse,
  ListServicesRequest,
  ListServicesResponse,
  ServiceQuota,
} from '@aws-sdk/client-service-quotas'

import { AwsError } from '../../../base/errors.ts'
import { QUOTA_SERVICES, quotasOf, type Quota } from '../../../rules/quotas/quotas.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

/** What handlers work with. */
export type Place = Pick<ServiceDeps, 'region' | 'accountId'>

const TOKEN_CODE = 'InvalidPaginationTokenException'

function show({ region, accountId }: Place, quota: Quota): ServiceQuota {
  const { service, code } = quota
  return {
    ServiceCode: service,
    ServiceName: QUOTA_SERVICES[service],
    QuotaArn: `arn:aws:servicequotas:${region}:${accountId}:${service}/${code}`,
    QuotaCode: code,
    QuotaName: quota.name,
    Value: quota.value,
    Unit: 'None',
    Adjustable: quota.isAdjustable,
    GlobalQuota: false,
    QuotaAppliedAtLevel: 'ACCOUNT',
  }
}

function ofService(service: string | undefined): readonly Quota[] {
  const found = quotasOf(service ?? '')
  if (found.length > 0) return found
  throw new AwsError(
    'NoSuchResourceException',
    `The request failed because the specified service does not exist: ${service} has no quotas near.`,
  )
}

interface Listing {
  readonly ServiceCode?: string | undefined
  readonly QuotaCode?: string | undefined
  readonly NextToken?: string | undefined
  readonly MaxResults?: number | undefined
}

function list(input: Listing, place: Place): { Quotas: ServiceQuota[]; NextToken?: string | undefined } {
  const wanted = ofService(input.ServiceCode).filter(
    ({ code }) => input.QuotaCode === undefined || code === input.QuotaCode,
  )
  const { items, token } = paginate(wanted, {
    token: input.NextToken,
    limit: input.MaxResults,
    tokenCode: TOKEN_CODE,
  })
  return { Quotas: items.map((quota) => show(place, quota)), NextToken: token }
}

function get(input: Listing, place: Place): { Quota: ServiceQuota } {
  const found = ofService(input.ServiceCode).find(({ code }) => code === input.QuotaCode)
  if (found) return { Quota: show(place, found) }
  throw new AwsError(
    'NoSuchResourceException',
    `The request failed because the specified quota does not exist: ${input.QuotaCode}`,
  )
}

/** ListServices: those with quotas near. @throws AwsError InvalidPaginationTokenException */
export const listServices = operation<Place, ListServicesRequest, ListServicesResponse>()({
  honours: ['NextToken', 'MaxResults'],
  handle: (input) => {
    const { items, token } = paginate(Object.entries(QUOTA_SERVICES), {
      token: input.NextToken,
      limit: input.MaxResults,
      tokenCode: TOKEN_CODE,
    })
    const Services = items.map(([ServiceCode, ServiceName]) => ({ ServiceCode, ServiceName }))
    return { Services, NextToken: token }
  },
})

/** ListServiceQuotas. @throws AwsError NoSuchResourceException, InvalidPaginationTokenException */
export const listServiceQuotas = operation<Place, ListServiceQuotasRequest, ListServiceQuotasResponse>()({
  honours: ['ServiceCode', 'QuotaCode', 'NextToken', 'MaxResults'],
  // All of them are the account's.
  keeps: ['QuotaAppliedAtLevel'],
  handle: list,
})

/** ListAWSDefaultServiceQuotas. @throws AwsError NoSuchResourceException, InvalidPaginationTokenException */
export const listDefaultQuotas = operation<
  Place,
  ListAWSDefaultServiceQuotasRequest,
  ListAWSDefaultServiceQuotasResponse
>()({ honours: ['ServiceCode', 'NextToken', 'MaxResults'], handle: list })

/** GetServiceQuota. @throws AwsError NoSuchResourceException */
export const getServiceQuota = operation<Place, GetServiceQuotaRequest, GetServiceQuotaResponse>()({
  honours: ['ServiceCode', 'QuotaCode'],
  handle: get,
})

/** GetAWSDefaultServiceQuota. @throws AwsError NoSuchResourceException */
export const getDefaultQuota = operation<
  Place,
  GetAWSDefaultServiceQuotaRequest,
  GetAWSDefaultServiceQuotaResponse
>()({ honours: ['ServiceCode', 'QuotaCode'], handle: get })
