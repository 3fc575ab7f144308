import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

async function place() {
  const { endpoint } = await createTestRegion()
  const ec2 = (operation: string, input: object = {}): Promise<unknown> =>
    endpoint.caller.call('ec2', operation, input)
  const raise = (ServiceCode: string, QuotaCode: string, DesiredValue: number): Promise<unknown> =>
    endpoint.caller.call('service-quotas', 'RequestServiceQuotaIncrease', {
      ServiceCode,
      QuotaCode,
      DesiredValue,
    })
  return { ec2, raise }
}

test.each([
  ['CreateVpc', { CidrBlock: '10.0.0.0/16' }, 'VpcLimitExceeded: VPCs', ['vpc', 'L-F678F1CE']],
  ['AllocateAddress', {}, 'AddressLimitExceeded: addresses', ['ec2', 'L-0263D0A3']],
  ['CreateInternetGateway', {}, 'InternetGatewayLimitExceeded: internet gateways', ['vpc', 'L-A4707A72']],
] as const)(
  '%s: five, and more where the quota was raised',
  async (operation, input, refusal, [service, quota]) => {
    const [code, things] = refusal.split(': ')
    const { ec2, raise } = await place()
    for (let made = 0; made < 5; made += 1) await ec2(operation, input)
    const message = `The maximum number of ${things} has been reached.`
    await expect(ec2(operation, input)).rejects.toMatchObject({ code, message })
    await raise(service, quota, 6)
    await ec2(operation, input)
    await expect(ec2(operation, input)).rejects.toMatchObject({ code })
  },
)
