import type {
  AssignIpv6AddressesResult,
  AssociateSubnetCidrBlockResult,
  AssociateVpcCidrBlockResult,
  CreateEgressOnlyInternetGatewayResult,
  CreateNetworkInterfaceResult,
  CreateSubnetResult,
  CreateVpcResult,
  DescribeEgressOnlyInternetGatewaysResult,
  DescribeInstancesResult,
  DescribeNetworkInterfacesResult,
  DescribeRouteTablesResult,
  DescribeSubnetsResult,
  DescribeVpcsResult,
  Reservation,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'

import { contains6, parseCidr6 } from '../../../base/cidr6.ts'
import { partOfBlock6 } from '../../testing/blocks6.ts'
import { createTestRegion } from '../../testing/test-region.ts'

async function place() {
  const region = await createTestRegion()
  const call = <T>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  const { Vpc } = await call<CreateVpcResult>('CreateVpc', {
    CidrBlock: '10.0.0.0/16',
    AmazonProvidedIpv6CidrBlock: true,
  })
  const [block] = Vpc?.Ipv6CidrBlockAssociationSet ?? []
  return {
    ...region,
    call,
    VpcId: Vpc?.VpcId,
    block,
    within: (index: number) => partOfBlock6(block?.Ipv6CidrBlock ?? '', index),
  }
}

describe('the blocks of a VPC', () => {
  test('Amazon gives a /56, local to every route table', async () => {
    const { call, VpcId, block } = await place()
    expect(block).toMatchObject({ Ipv6CidrBlockState: { State: 'associating' }, Ipv6Pool: 'Amazon' })
    const { Vpcs } = await call<DescribeVpcsResult>('DescribeVpcs', {
      Filters: [{ Name: 'ipv6-cidr-block-association.association-id', Values: [block?.AssociationId] }],
    })
    expect(Vpcs?.map((vpc) => vpc.VpcId)).toEqual([VpcId])
    expect(Vpcs?.[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlockState?.State).toBe('associated')
    const { RouteTables } = await call<DescribeRouteTablesResult>('DescribeRouteTables', {
      Filters: [{ Name: 'vpc-id', Values: [VpcId] }],
    })
    expect(RouteTables?.[0]?.Routes).toContainEqual(
      expect.objectContaining({ DestinationIpv6CidrBlock: block?.Ipv6CidrBlock, GatewayId: 'local' }),
    )
  })

  test('more are added up to five, and taken away while no subnet has a part of them', async () => {
    const { call, VpcId, block, within } = await place()
    const add = (): Promise<AssociateVpcCidrBlockResult> =>
      call('AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true })
    for (const _more of [2, 3, 4, 5]) await add()
    await expect(add()).rejects.toMatchObject({ code: 'CidrLimitExceeded' })
    const AssociationId = block?.AssociationId
    const { Subnet } = await call<CreateSubnetResult>('CreateSubnet', {
      VpcId,
      CidrBlock: '10.0.0.0/24',
      Ipv6CidrBlock: within(1),
    })
    await expect(call('DisassociateVpcCidrBlock', { AssociationId })).rejects.toMatchObject({
      code: 'InvalidCidrBlock.InUse',
    })
    await call('DeleteSubnet', { SubnetId: Subnet?.SubnetId })
    await call('DisassociateVpcCidrBlock', { AssociationId })
    await add()
  })
})

describe('the block of a subnet', () => {
  test('is given with it or later, once, and taken away', async () => {
    const { call, VpcId, within } = await place()
    const { Subnet } = await call<CreateSubnetResult>('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/24' })
    const SubnetId = Subnet?.SubnetId
    const associate = (Ipv6CidrBlock: string): Promise<AssociateSubnetCidrBlockResult> =>
      call('AssociateSubnetCidrBlock', { SubnetId, Ipv6CidrBlock })
    for (const [cidr, code] of [
      ['2001:db8::/64', 'InvalidSubnet.Range'],
      [within(1).replace('/64', '/65'), 'InvalidSubnet.Range'],
      ['10.0.0.0/24', 'InvalidParameterValue'],
    ] as const) {
      await expect(associate(cidr), cidr).rejects.toMatchObject({ code })
    }
    const made = await associate(within(1))
    await expect(associate(within(2))).rejects.toMatchObject({ code: 'InvalidParameterValue' })
    const twin = { VpcId, CidrBlock: '10.0.1.0/24', Ipv6CidrBlock: within(1) }
    await expect(call('CreateSubnet', twin)).rejects.toMatchObject({ code: 'InvalidSubnet.Conflict' })
    const { Subnets } = await call<DescribeSubnetsResult>('DescribeSubnets', {
      Filters: [{ Name: 'ipv6-cidr-block-association.ipv6-cidr-block', Values: [within(1)] }],
    })
    expect(Subnets?.map((subnet) => subnet.SubnetId)).toEqual([SubnetId])
    const { AssociationId } = made.Ipv6CidrBlockAssociation ?? {}
    await call('DisassociateSubnetCidrBlock', { AssociationId })
    await expect(call('DisassociateSubnetCidrBlock', { AssociationId })).rejects.toMatchObject({
      code: 'InvalidSubnetCidrBlockAssociationID.NotFound',
    })
    await call('CreateSubnet', twin)
  })

  test("a subnet without IPv4 is refused, AWS's own reasons first", async () => {
    const { call, VpcId, within } = await place()
    const native = { VpcId, Ipv6Native: true }
    for (const [more, code] of [
      [{ CidrBlock: '10.0.0.0/24' }, 'MissingParameter'],
      [{ CidrBlock: '10.0.0.0/24', Ipv6CidrBlock: within(1) }, 'InvalidParameterCombination'],
      [{ Ipv6CidrBlock: within(1) }, 'NotImplemented'],
    ] as const) {
      await expect(call('CreateSubnet', { ...native, ...more })).rejects.toMatchObject({ code })
    }
  })

  test('what is set of a subnet is shown', async () => {
    const { call, VpcId } = await place()
    const { Subnet } = await call<CreateSubnetResult>('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/24' })
    const SubnetId = Subnet?.SubnetId
    await call('ModifySubnetAttribute', { SubnetId, EnableDns64: { Value: true } })
    await call('ModifySubnetAttribute', { SubnetId, PrivateDnsHostnameTypeOnLaunch: 'resource-name' })
    const { Subnets } = await call<DescribeSubnetsResult>('DescribeSubnets', { SubnetIds: [SubnetId] })
    expect(Subnets?.[0]).toMatchObject({
      EnableDns64: true,
      AssignIpv6AddressOnCreation: false,
      PrivateDnsNameOptionsOnLaunch: { HostnameType: 'resource-name', EnableResourceNameDnsARecord: false },
    })
  })
})

describe('addresses of interfaces', () => {
  async function withSubnet() {
    const region = await place()
    const { Subnet } = await region.call<CreateSubnetResult>('CreateSubnet', {
      VpcId: region.VpcId,
      CidrBlock: '10.0.0.0/24',
      Ipv6CidrBlock: region.within(1),
    })
    return { ...region, SubnetId: Subnet?.SubnetId ?? '' }
  }

  test('are chosen, given by count, and given back', async () => {
    const { call, SubnetId, within } = await withSubnet()
    const chosen = within(1).replace('::/64', '::5')
    const { NetworkInterface: eni } = await call<CreateNetworkInterfaceResult>('CreateNetworkInterface', {
      SubnetId,
      Ipv6Addresses: [{ Ipv6Address: chosen }],
    })
    expect(eni?.Ipv6Addresses).toEqual([{ Ipv6Address: chosen }])
    const NetworkInterfaceId = eni?.NetworkInterfaceId
    const assign = (input: object): Promise<AssignIpv6AddressesResult> =>
      call('AssignIpv6Addresses', { NetworkInterfaceId, ...input })
    await expect(assign({ Ipv6Addresses: [chosen] })).rejects.toMatchObject({
      code: 'InvalidIPAddress.InUse',
    })
    await expect(assign({ Ipv6Addresses: ['2001:db8::1'] })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    })
    const { AssignedIpv6Addresses: ips = [] } = await assign({ Ipv6AddressCount: 2 })
    for (const ip of ips) expect(contains6(parseCidr6(within(1)), parseCidr6(`${ip}/128`))).toBe(true)
    expect(new Set(ips).size).toBe(2)
    await call('UnassignIpv6Addresses', { NetworkInterfaceId, Ipv6Addresses: [chosen] })
    await expect(
      call('UnassignIpv6Addresses', { NetworkInterfaceId, Ipv6Addresses: [chosen] }),
    ).rejects.toMatchObject({ code: 'InvalidParameterValue' })
  })

  test('an instance has one where its subnet says so', async () => {
    const { call, SubnetId, within } = await withSubnet()
    await call('ModifySubnetAttribute', { SubnetId, AssignIpv6AddressOnCreation: { Value: true } })
    const { Instances } = await call<Reservation>('RunInstances', {
      ImageId: 'ami-1',
      InstanceType: 't3.micro',
      SubnetId,
      MinCount: 1,
      MaxCount: 1,
    })
    const { Reservations } = await call<DescribeInstancesResult>('DescribeInstances', {
      InstanceIds: [Instances?.[0]?.InstanceId],
    })
    const ip = Reservations?.[0]?.Instances?.[0]?.Ipv6Address ?? ''
    expect(contains6(parseCidr6(within(1)), parseCidr6(`${ip}/128`))).toBe(true)
  })
})

test('an egress-only gateway is the way out for IPv6, and keeps its VPC', async () => {
  const { call, VpcId } = await place()
  const made = await call<CreateEgressOnlyInternetGatewayResult>('CreateEgressOnlyInternetGateway', {
    VpcId,
    TagSpecifications: [{ ResourceType: 'egress-only-internet-gateway', Tags: [{ Key: 'k', Value: 'v' }] }],
  })
  const EgressOnlyInternetGatewayId = made.EgressOnlyInternetGateway?.EgressOnlyInternetGatewayId
  const { RouteTables } = await call<DescribeRouteTablesResult>('DescribeRouteTables', {
    Filters: [{ Name: 'vpc-id', Values: [VpcId] }],
  })
  const RouteTableId = RouteTables?.[0]?.RouteTableId
  const route = { RouteTableId, DestinationIpv6CidrBlock: '0::0/0', EgressOnlyInternetGatewayId }
  await call('CreateRoute', route)
  await expect(call('CreateRoute', { ...route, DestinationIpv6CidrBlock: '::/0' })).rejects.toMatchObject({
    code: 'RouteAlreadyExists',
  })
  const { RouteTables: found } = await call<DescribeRouteTablesResult>('DescribeRouteTables', {
    Filters: [{ Name: 'route.egress-only-internet-gateway-id', Values: [EgressOnlyInternetGatewayId] }],
  })
  expect(found?.[0]?.Routes).toContainEqual(
    expect.objectContaining({ DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId }),
  )
  await expect(call('DeleteVpc', { VpcId })).rejects.toMatchObject({ code: 'DependencyViolation' })
  await call('DeleteRoute', { RouteTableId, DestinationIpv6CidrBlock: '::/0' })
  const list = (): Promise<DescribeEgressOnlyInternetGatewaysResult> =>
    call('DescribeEgressOnlyInternetGateways', { Filters: [{ Name: 'tag:k', Values: ['v'] }] })
  expect((await list()).EgressOnlyInternetGateways).toHaveLength(1)
  await call('DeleteEgressOnlyInternetGateway', { EgressOnlyInternetGatewayId })
  expect((await list()).EgressOnlyInternetGateways).toHaveLength(0)
  await call('DeleteVpc', { VpcId })
})

test('an interface has prefixes beside its addresses', async () => {
  const { call, VpcId, within } = await place()
  const { Subnet } = await call<CreateSubnetResult>('CreateSubnet', {
    VpcId,
    CidrBlock: '10.0.1.0/24',
    Ipv6CidrBlock: within(1),
  })
  const { NetworkInterface } = await call<CreateNetworkInterfaceResult>('CreateNetworkInterface', {
    SubnetId: Subnet?.SubnetId,
  })
  const NetworkInterfaceId = NetworkInterface?.NetworkInterfaceId
  const given = await call<AssignIpv6AddressesResult>('AssignIpv6Addresses', {
    NetworkInterfaceId,
    Ipv6PrefixCount: 2,
  })
  const prefixes = given.AssignedIpv6Prefixes ?? []
  expect(prefixes).toHaveLength(2)
  for (const prefix of prefixes) {
    expect(prefix).toMatch(/\/80$/)
    expect(contains6(parseCidr6(within(1)), parseCidr6(prefix))).toBe(true)
  }
  const shown = async () => {
    const answer = await call<DescribeNetworkInterfacesResult>('DescribeNetworkInterfaces', {
      NetworkInterfaceIds: [NetworkInterfaceId],
    })
    return answer.NetworkInterfaces?.[0]?.Ipv6Prefixes?.map(({ Ipv6Prefix }) => Ipv6Prefix)
  }
  expect(await shown()).toEqual(prefixes)
  await call('UnassignIpv6Addresses', { NetworkInterfaceId, Ipv6Prefixes: [prefixes[0]] })
  expect(await shown()).toEqual([prefixes[1]])
})
