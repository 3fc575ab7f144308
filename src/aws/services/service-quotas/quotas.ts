// Owns the questions about quotas: an account near begins with those of any account, and may have more of them.
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
import type { QuotaState } from './state.ts'

/** The code of a token that is none. */
export const TOKEN_CODE = 'InvalidPaginationTokenException'

function show({ deps: { region, accountId } }: QuotaState, quota: Quota, Value: number): ServiceQuota {
  const { service, code } = quota
  return {
    ServiceCode: service,
    ServiceName: QUOTA_SERVICES[service],
    QuotaArn: `arn:aws:servicequotas:${region}:${accountId}:${service}/${code}`,
    QuotaCode: code,
    QuotaName: quota.name,
    Value,
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

type ValueOf = (quota: Quota) => number

function list(
  input: Listing,
  place: QuotaState,
  valueOf: ValueOf,
): { Quotas: ServiceQuota[]; NextToken?: string | undefined } {
  const wanted = ofService(input.ServiceCode).filter(
    ({ code }) => input.QuotaCode === undefined || code === input.QuotaCode,
  )
  const { items, token } = paginate(wanted, {
    token: input.NextToken,
    limit: input.MaxResults,
    tokenCode: TOKEN_CODE,
  })
  return { Quotas: items.map((quota) => show(place, quota, valueOf(quota))), NextToken: token }
}

/** The quota that a request names. @throws AwsError NoSuchResourceException */
export function quotaOf(input: Pick<Listing, 'ServiceCode' | 'QuotaCode'>): Quota {
  const found = ofService(input.ServiceCode).find(({ code }) => code === input.QuotaCode)
  if (found) return found
  throw new AwsError(
    'NoSuchResourceException',
    `The request failed because the specified quota does not exist: ${input.QuotaCode}`,
  )
}

/** ListServices: those with quotas near. @throws AwsError InvalidPaginationTokenException */
export const listServices = operation<QuotaState, ListServicesRequest, ListServicesResponse>()({
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
export const listServiceQuotas = operation<QuotaState, ListServiceQuotasRequest, ListServiceQuotasResponse>()(
  {
    honours: ['ServiceCode', 'QuotaCode', 'NextToken', 'MaxResults'],
    // All of them are the account's.
    keeps: ['QuotaAppliedAtLevel'],
    handle: (input, state) => list(input, state, (quota) => state.valueOf(quota)),
  },
)

/** ListAWSDefaultServiceQuotas. @throws AwsError NoSuchResourceException, InvalidPaginationTokenException */
export const listDefaultQuotas = operation<
  QuotaState,
  ListAWSDefaultServiceQuotasRequest,
  ListAWSDefaultServiceQuotasResponse
>()({
  honours: ['ServiceCode', 'NextToken', 'MaxResults'],
  handle: (input, state) => list(input, state, ({ value }) => value),
})

/** GetServiceQuota. @throws AwsError NoSuchResourceException */
export const getServiceQuota = operation<QuotaState, GetServiceQuotaRequest, GetServiceQuotaResponse>()({
  honours: ['ServiceCode', 'QuotaCode'],
  handle: (input, state) => {
    const quota = quotaOf(input)
    return { Quota: show(state, quota, state.valueOf(quota)) }
  },
})

/** GetAWSDefaultServiceQuota. @throws AwsError NoSuchResourceException */
export const getDefaultQuota = operation<
  QuotaState,
  GetAWSDefaultServiceQuotaRequest,
  GetAWSDefaultServiceQuotaResponse
>()({
  honours: ['ServiceCode', 'QuotaCode'],
  handle: (input, state) => {
    const quota = quotaOf(input)
    return { Quota: show(state, quota, quota.value) }
  },
})
