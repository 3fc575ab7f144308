import type { CreateNetworkInterfaceResult, NetworkInterface } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

const SUBNET = 'subnet-0private'

async function place() {
  const { ec2, endpoint } = await createTestRegion()
  await ec2.prepareNetwork({ subnets: [{ id: SUBNET, zone: 'ap-southeast-1a', public: false }] })
  const call = <T>(operation: string, input: object): Promise<T> =>
    endpoint.caller.call<T>('ec2', operation, input)
  const make = async (more: object): Promise<NetworkInterface> => {
    const answer = await call<CreateNetworkInterfaceResult>('CreateNetworkInterface', {
      SubnetId: SUBNET,
      ...more,
    })
    return answer.NetworkInterface ?? {}
  }
  const first = await make({})
  // Free addresses of the subnet, which follow each other.
  const base = (first.PrivateIpAddress ?? '').replace(/\d+$/, '')
  return { call, make, ip: (last: number) => `${base}${last}` }
}

const addressesOf = ({ PrivateIpAddresses = [] }: NetworkInterface): (string | undefined)[] =>
  PrivateIpAddresses.map(({ PrivateIpAddress }) => PrivateIpAddress)

test('an interface has the private addresses that are named, the primary one first', async () => {
  const { make, ip } = await place()
  const named = [{ PrivateIpAddress: ip(101) }, { PrivateIpAddress: ip(100), Primary: true }]
  const made = await make({ PrivateIpAddresses: named })
  expect(made.PrivateIpAddress).toBe(ip(100))
  expect(addressesOf(made)).toEqual([ip(100), ip(101)])
})

test('an interface has as many secondary addresses as asked for', async () => {
  const { make, ip } = await place()
  expect(new Set(addressesOf(await make({ SecondaryPrivateIpAddressCount: 3 }))).size).toBe(4)
  const made = addressesOf(await make({ PrivateIpAddress: ip(90), SecondaryPrivateIpAddressCount: 2 }))
  expect(made[0]).toBe(ip(90))
  expect(new Set(made).size).toBe(3)
})

test('two primary addresses are refused', async () => {
  const { make, ip } = await place()
  const both = [90, 91].map((last) => ({ PrivateIpAddress: ip(last), Primary: true }))
  await expect(make({ PrivateIpAddresses: both })).rejects.toMatchObject({
    code: 'InvalidParameterCombination',
  })
})

test('a security group of another VPC is refused, for interfaces and launches', async () => {
  const { call, make } = await place()
  const { Vpc } = await call<{ Vpc: { VpcId: string } }>('CreateVpc', { CidrBlock: '10.9.0.0/16' })
  const group = { GroupName: 'other', Description: 'of another VPC', VpcId: Vpc.VpcId }
  const { GroupId } = await call<{ GroupId: string }>('CreateSecurityGroup', group)
  const refusal = {
    code: 'InvalidParameter',
    message: `Security group ${GroupId} and subnet ${SUBNET} belong to different networks.`,
  }
  await expect(make({ Groups: [GroupId] })).rejects.toMatchObject(refusal)
  const launch = { MinCount: 1, MaxCount: 1, ImageId: 'ami-1', InstanceType: 't3.micro', SubnetId: SUBNET }
  await expect(call('RunInstances', { ...launch, SecurityGroupIds: [GroupId] })).rejects.toMatchObject(
    refusal,
  )
})

test('attributes of an image that AWS publishes are told to nobody', async () => {
  const { call } = await place()
  const { Images } = await call<{ Images: { ImageId: string }[] }>('DescribeImages', { Owners: ['amazon'] })
  const asked = { ImageId: Images[0]?.ImageId }
  await expect(
    call('DescribeImageAttribute', { ...asked, Attribute: 'blockDeviceMapping' }),
  ).rejects.toMatchObject({ code: 'AuthFailure', status: 401 })
  await expect(call('DescribeImageAttribute', { ...asked, Attribute: 'uefiData' })).rejects.toMatchObject({
    code: 'InvalidRequest',
  })
})
