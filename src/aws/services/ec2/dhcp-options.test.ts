import type { CreateDhcpOptionsResult, CreateVpcResult, DescribeVpcsResult } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

async function place() {
  const { endpoint } = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    endpoint.caller.call<T>('ec2', operation, input)
  const create = async (Key: string, Values: readonly string[], more: object = {}): Promise<string> => {
    const answer = await call<CreateDhcpOptionsResult>('CreateDhcpOptions', {
      DhcpConfigurations: [{ Key, Values }],
      ...more,
    })
    return answer.DhcpOptions?.DhcpOptionsId ?? ''
  }
  const { Vpc } = await call<CreateVpcResult>('CreateVpc', { CidrBlock: '10.0.0.0/16' })
  const ofVpc = async () =>
    (await call<DescribeVpcsResult>('DescribeVpcs', { VpcIds: [Vpc?.VpcId] })).Vpcs?.[0]?.DhcpOptionsId
  return { call, create, ofVpc, VpcId: Vpc?.VpcId }
}

test('options are with a VPC until others take their place, and stay as long', async () => {
  const { call, create, ofVpc, VpcId } = await place()
  expect(await ofVpc()).toBe('default')
  const DhcpOptionsId = await create('domain-name', ['example.com'])
  expect(DhcpOptionsId).toMatch(/^dopt-0[0-9a-f]{16}$/)
  await call('AssociateDhcpOptions', { VpcId, DhcpOptionsId })
  expect(await ofVpc()).toBe(DhcpOptionsId)
  const remove = () => call('DeleteDhcpOptions', { DhcpOptionsId })
  await expect(remove()).rejects.toMatchObject({ code: 'DependencyViolation' })
  await call('AssociateDhcpOptions', { VpcId, DhcpOptionsId: 'default' })
  expect(await ofVpc()).toBe('default')
  await remove()
  await expect(remove()).rejects.toMatchObject({ code: 'InvalidDhcpOptionID.NotFound' })
})

test('they are found by what they say and by tags, and tagged', async () => {
  const { call, create } = await place()
  const TagSpecifications = [{ ResourceType: 'dhcp-options', Tags: [{ Key: 'Name', Value: 'a' }] }]
  const first = await create('domain-name', ['a.example'], { TagSpecifications })
  const second = await create('domain-name-servers', ['10.0.0.2', '10.0.0.3'])
  const find = async (Name: string, ...Values: string[]) =>
    (
      await call<{ DhcpOptions?: { DhcpOptionsId?: string }[] }>('DescribeDhcpOptions', {
        Filters: [{ Name, Values }],
      })
    ).DhcpOptions?.map(({ DhcpOptionsId }) => DhcpOptionsId)
  expect(await find('value', '10.0.0.3')).toEqual([second])
  expect(await find('key', 'domain-name')).toEqual([first])
  expect(await find('tag:Name', 'a')).toEqual([first])
  await call('CreateTags', { Resources: [second], Tags: [{ Key: 'Name', Value: 'b' }] })
  expect(await find('tag:Name', 'b')).toEqual([second])
  await expect(find('nothing', 'x')).rejects.toMatchObject({ code: 'InvalidParameterValue' })
})

test.each([
  ['foo', ['bar']],
  ['netbios-node-type', ['0']],
  ['ntp-servers', ['1', '2', '3', '4', '5']],
])('%s %j is refused', async (key, values) => {
  const { create } = await place()
  await expect(create(key, values)).rejects.toMatchObject({ code: 'InvalidParameterValue' })
})

test('ids of nothing are refused as what they are', async () => {
  const { call, create, VpcId } = await place()
  await expect(call('DeleteDhcpOptions', { DhcpOptionsId: 'foo' })).rejects.toMatchObject({
    code: 'InvalidDhcpOptionsId.Malformed',
  })
  await expect(call('AssociateDhcpOptions', { VpcId, DhcpOptionsId: 'dopt-1' })).rejects.toMatchObject({
    code: 'InvalidDhcpOptionID.NotFound',
  })
  const DhcpOptionsId = await create('domain-name', ['x'])
  await expect(call('AssociateDhcpOptions', { VpcId: 'vpc-1', DhcpOptionsId })).rejects.toMatchObject({
    code: 'InvalidVpcID.NotFound',
  })
})
