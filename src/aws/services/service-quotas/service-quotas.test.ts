import type { GetServiceQuotaResponse, ListServiceQuotasResponse } from '@aws-sdk/client-service-quotas'
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
