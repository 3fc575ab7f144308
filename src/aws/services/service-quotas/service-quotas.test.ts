import type {
  GetServiceQuotaResponse,
  ListServiceQuotasResponse,
  RequestServiceQuotaIncreaseResponse,
} from '@aws-sdk/client-service-quotas'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

async function place() {
  const { endpoint } = await createTestRegion()
  return <T>(operation: string, input: object = {}): Promise<T> =>
    endpoint.caller.call<T>('service-quotas', operation, input)
}

test('a quota is looked up by its code', async () => {
  const call = await place()
  const input = { ServiceCode: 'eks', QuotaCode: 'L-1194D53C' }
  for (const operation of ['GetServiceQuota', 'GetAWSDefaultServiceQuota']) {
    const { Quota } = await call<GetServiceQuotaResponse>(operation, input)
    expect(Quota).toMatchObject({
      QuotaName: 'Clusters',
      Value: 100,
      Adjustable: true,
      QuotaArn: 'arn:aws:servicequotas:ap-southeast-1:111122223333:eks/L-1194D53C',
    })
  }
})

test('quotas of a service come in pages', async () => {
  const call = await place()
  const first = await call<ListServiceQuotasResponse>('ListServiceQuotas', {
    ServiceCode: 'vpc',
    MaxResults: 2,
  })
  expect(first.Quotas).toHaveLength(2)
  const rest = await call<ListServiceQuotasResponse>('ListServiceQuotas', {
    ServiceCode: 'vpc',
    NextToken: first.NextToken,
  })
  const codes = [...(first.Quotas ?? []), ...(rest.Quotas ?? [])].map(({ QuotaCode }) => QuotaCode)
  expect(codes).toContain('L-F678F1CE')
  expect(new Set(codes).size).toBe(codes.length)
})

test('services and quotas that are not known are refused', async () => {
  const call = await place()
  const code = 'NoSuchResourceException'
  await expect(call('ListServiceQuotas', { ServiceCode: 'rds' })).rejects.toMatchObject({ code })
  await expect(
    call('GetServiceQuota', { ServiceCode: 'eks', QuotaCode: 'L-00000000' }),
  ).rejects.toMatchObject({ code })
})

test('more of a quota is granted at once, and kept in mind', async () => {
  const call = await place()
  const quota = { ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE' }
  const ask = (DesiredValue: number, asked: object = quota): Promise<RequestServiceQuotaIncreaseResponse> =>
    call('RequestServiceQuotaIncrease', { ...asked, DesiredValue })
  const { RequestedQuota } = await ask(20)
  expect(RequestedQuota).toMatchObject({ Status: 'PENDING', QuotaName: 'VPCs per Region', DesiredValue: 20 })
  const value = async (operation: string): Promise<number | undefined> =>
    (await call<GetServiceQuotaResponse>(operation, quota)).Quota?.Value
  expect(await value('GetServiceQuota')).toBe(20)
  expect(await value('GetAWSDefaultServiceQuota')).toBe(5)
  const approved = { Id: RequestedQuota?.Id, Status: 'APPROVED' }
  expect(await call('GetRequestedServiceQuotaChange', { RequestId: RequestedQuota?.Id })).toMatchObject({
    RequestedQuota: approved,
  })
  expect(await call('ListRequestedServiceQuotaChangeHistory', { ServiceCode: 'vpc' })).toMatchObject({
    RequestedQuotas: [approved],
  })
  const code = 'IllegalArgumentException'
  await expect(ask(20)).rejects.toMatchObject({ code })
  // "Listeners per Network Load Balancer" is one that AWS doesn't change.
  const fixed = { ServiceCode: 'elasticloadbalancing', QuotaCode: 'L-57A373D6' }
  await expect(ask(100, fixed)).rejects.toMatchObject({ code })
})
