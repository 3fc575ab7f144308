// Owns requests for higher quotas. Nobody has to look at them here: each is granted at once.
// Source: API_RequestServiceQuotaIncrease.
import type {
  GetRequestedServiceQuotaChangeRequest,
  GetRequestedServiceQuotaChangeResponse,
  ListRequestedServiceQuotaChangeHistoryRequest,
  ListRequestedServiceQuotaChangeHistoryResponse,
  RequestedServiceQuotaChange,
  RequestServiceQuotaIncreaseRequest,
  RequestServiceQuotaIncreaseResponse,
} from '@aws-sdk/client-service-quotas'

import { AwsError } from '../../../base/errors.ts'
import { QUOTA_SERVICES } from '../../../rules/quotas/quotas.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { quotaOf, TOKEN_CODE } from './quotas.ts'
import type { ChangeRecord, QuotaState } from './state.ts'

function show({ deps }: QuotaState, change: ChangeRecord): RequestedServiceQuotaChange {
  const { service, code, callerArn } = change
  const at = new Date(change.createdAtMs)
  return {
    Id: change.id,
    ServiceCode: service,
    ServiceName: QUOTA_SERVICES[service],
    QuotaCode: code,
    QuotaName: quotaOf({ ServiceCode: service, QuotaCode: code }).name,
    QuotaArn: `arn:aws:servicequotas:${deps.region}:${deps.accountId}:${service}/${code}`,
    DesiredValue: change.value,
    Status: 'APPROVED',
    Created: at,
    LastUpdated: at,
    Requester: JSON.stringify({ accountId: deps.accountId, callerArn }),
    GlobalQuota: false,
    Unit: 'None',
    QuotaRequestedAtLevel: 'ACCOUNT',
  }
}

/** RequestServiceQuotaIncrease. @throws AwsError NoSuchResourceException, IllegalArgumentException */
export const requestServiceQuotaIncrease = operation<
  QuotaState,
  RequestServiceQuotaIncreaseRequest,
  RequestServiceQuotaIncreaseResponse
>()({
  honours: ['ServiceCode', 'QuotaCode', 'DesiredValue'],
  // No case is opened for it.
  keeps: ['SupportCaseAllowed'],
  handle: async (input, state, { principal }) => {
    const quota = quotaOf(input)
    const { DesiredValue: value = 0 } = input
    if (!quota.isAdjustable) {
      throw new AwsError('IllegalArgumentException', `The quota ${quota.code} cannot be changed.`)
    }
    return await state.deps.store.transact((tx) => {
      if (value <= state.valueOf(quota)) {
        throw new AwsError(
          'IllegalArgumentException',
          'You must provide a quota value greater than the current quota value.',
        )
      }
      const change: ChangeRecord = {
        id: state.deps.ids.hex(40),
        service: quota.service,
        code: quota.code,
        value,
        createdAtMs: state.deps.clock.now(),
        callerArn: principal.arn,
      }
      state.changes.putIn(tx, change.id, change)
      return { RequestedQuota: { ...show(state, change), Status: 'PENDING' } }
    })
  },
})

/** GetRequestedServiceQuotaChange. @throws AwsError NoSuchResourceException */
export const getRequestedServiceQuotaChange = operation<
  QuotaState,
  GetRequestedServiceQuotaChangeRequest,
  GetRequestedServiceQuotaChangeResponse
>()({
  honours: ['RequestId'],
  handle: (input, state) => {
    const change = state.changes.get(input.RequestId ?? '')
    if (change) return { RequestedQuota: show(state, change) }
    throw new AwsError('NoSuchResourceException', `The request ${input.RequestId} does not exist.`)
  },
})

/** ListRequestedServiceQuotaChangeHistory. @throws AwsError InvalidPaginationTokenException */
export const listRequestedServiceQuotaChangeHistory = operation<
  QuotaState,
  ListRequestedServiceQuotaChangeHistoryRequest,
  ListRequestedServiceQuotaChangeHistoryResponse
>()({
  honours: ['ServiceCode', 'Status', 'NextToken', 'MaxResults'],
  // All of them are the account's.
  keeps: ['QuotaRequestedAtLevel'],
  handle: (input, state) => {
    const wanted = state.changes
      .list()
      .filter(({ service }) => input.ServiceCode === undefined || service === input.ServiceCode)
      .map((change) => show(state, change))
      .filter(({ Status }) => input.Status === undefined || Status === input.Status)
    const { items, token } = paginate(wanted, {
      token: input.NextToken,
      limit: input.MaxResults,
      tokenCode: TOKEN_CODE,
    })
    return { RequestedQuotas: items, NextToken: token }
  },
})
