import type {
  CreateDefaultVpcResult,
  CreateSecurityGroupResult,
  DescribeInternetGatewaysResult,
  DescribeSubnetsResult,
  DescribeVpcsResult,
  Reservation,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

async function place() {
  const region = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  await expect(call('CreateSecurityGroup', { GroupName: 'web', Description: 'd' })).rejects.toMatchObject({
    code: 'VPCIdNotSpecified',
    message: 'No default VPC for this user',
  })
  const { Vpc } = await call<CreateDefaultVpcResult>('CreateDefaultVpc')
  const subnets = async () =>
    (
      await call<DescribeSubnetsResult>('DescribeSubnets', {
        Filters: [{ Name: 'default-for-az', Values: ['true'] }],
      })
    ).Subnets ?? []
  return { call, Vpc, subnets }
}

test('the default VPC has a public subnet in each zone, and there is one', async () => {
  const { call, Vpc, subnets } = await place()
  expect(Vpc).toMatchObject({ CidrBlock: '172.31.0.0/16', IsDefault: true })
  const shown = (await subnets()).map((each) => [
    each.AvailabilityZone,
    each.CidrBlock,
    each.MapPublicIpOnLaunch,
  ])
  expect(shown.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
    ['ap-southeast-1a', '172.31.0.0/20', true],
    ['ap-southeast-1b', '172.31.16.0/20', true],
    ['ap-southeast-1c', '172.31.32.0/20', true],
  ])
  await expect(call('CreateDefaultVpc')).rejects.toMatchObject({ code: 'DefaultVpcAlreadyExists' })
})

test('a default subnet that was deleted is made again', async () => {
  const { call, subnets } = await place()
  const [first] = await subnets()
  const AvailabilityZone = first?.AvailabilityZone
  await expect(call('CreateDefaultSubnet', { AvailabilityZone })).rejects.toMatchObject({
    code: 'DefaultSubnetAlreadyExistsInAvailabilityZone',
  })
  await call('DeleteSubnet', { SubnetId: first?.SubnetId })
  await call('CreateDefaultSubnet', { AvailabilityZone })
  expect(await subnets()).toHaveLength(3)
})

test('what names no VPC is meant for it: groups by name, instances without a subnet', async () => {
  const { call, Vpc } = await place()
  const named = { GroupName: 'web' }
  await call<CreateSecurityGroupResult>('CreateSecurityGroup', { ...named, Description: 'd' })
  const rule = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '10.0.0.0/8' }
  await call('AuthorizeSecurityGroupIngress', { ...named, ...rule })
  const { Instances } = await call<Reservation>('RunInstances', {
    ImageId: 'ami-1',
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
  })
  expect(Instances?.[0]?.VpcId).toBe(Vpc?.VpcId)
  await call('DeleteSecurityGroup', named)
  await expect(call('DeleteSecurityGroup', named)).rejects.toMatchObject({
    code: 'InvalidGroup.NotFound',
    message: `The security group 'web' does not exist in default VPC '${Vpc?.VpcId}'`,
  })
})

test('a region begins with a default VPC, and one that was deleted does not come back', async () => {
  const region = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  const vpcs = async () => (await call<DescribeVpcsResult>('DescribeVpcs')).Vpcs ?? []
  await region.ec2.ensureDefaultVpc()
  const [vpc, ...others] = await vpcs()
  expect(vpc).toMatchObject({ IsDefault: true, CidrBlock: '172.31.0.0/16' })
  expect(others).toEqual([])
  await region.ec2.ensureDefaultVpc()
  expect((await vpcs()).map(({ VpcId }) => VpcId)).toEqual([vpc?.VpcId])

  const VpcId = vpc?.VpcId
  const { Subnets = [] } = await call<DescribeSubnetsResult>('DescribeSubnets')
  for (const { SubnetId } of Subnets) await call('DeleteSubnet', { SubnetId })
  const { InternetGateways = [] } = await call<DescribeInternetGatewaysResult>('DescribeInternetGateways')
  const [{ InternetGatewayId } = {}] = InternetGateways
  await call('DetachInternetGateway', { InternetGatewayId, VpcId })
  await call('DeleteVpc', { VpcId })
  await region.ec2.ensureDefaultVpc()
  expect(await vpcs()).toEqual([])
})

test('a default VPC that somebody made before the first start stays the only one', async () => {
  const { ec2, endpoint } = await createTestRegion()
  await endpoint.caller.call('ec2', 'CreateDefaultVpc', {})
  await ec2.ensureDefaultVpc()
  const { Vpcs } = await endpoint.caller.call<DescribeVpcsResult>('ec2', 'DescribeVpcs', {})
  expect(Vpcs).toHaveLength(1)
})
