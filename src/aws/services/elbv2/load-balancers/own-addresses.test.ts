import type * as ec2 from '@aws-sdk/client-ec2'
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import { refusal, stage, SUBNETS, until, type Stage } from '../testing/elb-stage.ts'

function create(region: Stage, mapping: object, change: object = {}): Promise<sdk.CreateLoadBalancerOutput> {
  return region.call('CreateLoadBalancer', {
    Name: 'k8s-web',
    Type: 'network',
    SubnetMappings: [
      { SubnetId: SUBNETS[0], ...mapping },
      ...('Type' in change ? [{ SubnetId: SUBNETS[1] }] : []),
    ],
    ...change,
  })
}

async function allocate(region: Stage): Promise<{ AllocationId: string; PublicIp: string }> {
  return await region.call('AllocateAddress', {}, 'ec2')
}

async function interfaceOf(region: Stage): Promise<ec2.NetworkInterface> {
  return await until(async () => {
    const { NetworkInterfaces } = await region.call<ec2.DescribeNetworkInterfacesResult>(
      'DescribeNetworkInterfaces',
      { Filters: [{ Name: 'description', Values: ['ELB net/k8s-web/*'] }] },
      'ec2',
    )
    return NetworkInterfaces?.[0]
  })
}

async function holderOf(region: Stage, AllocationId: string): Promise<string | undefined> {
  const { Addresses } = await region.call<ec2.DescribeAddressesResult>(
    'DescribeAddresses',
    { AllocationIds: [AllocationId] },
    'ec2',
  )
  return Addresses?.[0]?.NetworkInterfaceId
}

describe('an Elastic IP of a network load balancer', () => {
  test('is shown, belongs to its interface, and is free again afterwards', async () => {
    const region = await stage()
    const { AllocationId, PublicIp } = await allocate(region)
    const { LoadBalancers: [made] = [] } = await create(region, { AllocationId })
    expect(made?.AvailabilityZones).toMatchObject([
      { SubnetId: SUBNETS[0], LoadBalancerAddresses: [{ AllocationId, IpAddress: PublicIp }] },
    ])
    const holder = await until(() => holderOf(region, AllocationId))
    expect(holder).toBe((await interfaceOf(region)).NetworkInterfaceId)
    const again = await create(region, { AllocationId })
    expect(again.LoadBalancers?.[0]?.LoadBalancerArn).toBe(made?.LoadBalancerArn)
    const other = create(region, { AllocationId }, { Name: 'other' })
    expect(await refusal(other)).toContain('ResourceInUse')
    await region.call('DeleteLoadBalancer', { LoadBalancerArn: made?.LoadBalancerArn })
    await until(async () => (await holderOf(region, AllocationId)) === undefined)
  })

  test('keeps its place when a subnet is added', async () => {
    const region = await stage()
    const { AllocationId } = await allocate(region)
    const { LoadBalancers: [made] = [] } = await create(region, { AllocationId })
    const { AvailabilityZones } = await region.call<sdk.SetSubnetsOutput>('SetSubnets', {
      LoadBalancerArn: made?.LoadBalancerArn,
      SubnetMappings: SUBNETS.map((SubnetId) => ({ SubnetId })),
    })
    expect(AvailabilityZones?.map(({ LoadBalancerAddresses }) => LoadBalancerAddresses?.length)).toEqual([
      1, 0,
    ])
  })
})

test('a private address of an internal load balancer is that of its interface', async () => {
  const region = await stage()
  const made = await create(region, { PrivateIPv4Address: region.ip }, { Scheme: 'internal' })
  expect(made.LoadBalancers?.[0]?.AvailabilityZones?.[0]?.LoadBalancerAddresses).toEqual([
    { PrivateIPv4Address: region.ip },
  ])
  expect((await interfaceOf(region)).PrivateIpAddress).toBe(region.ip)
  const other = create(region, { PrivateIPv4Address: region.ip }, { Scheme: 'internal', Name: 'other' })
  expect(await refusal(other)).toContain('ResourceInUse')
})

test.each<[object, object, string]>([
  [{ AllocationId: 'eipalloc-00000000000000000' }, {}, 'AllocationIdNotFound'],
  [{ AllocationId: 'eipalloc-00000000000000000' }, { Scheme: 'internal' }, 'InvalidConfigurationRequest'],
  [{ PrivateIPv4Address: '10.0.0.9' }, {}, 'InvalidConfigurationRequest'],
  [{ PrivateIPv4Address: '203.0.113.9' }, { Scheme: 'internal' }, 'is not in the subnet'],
  [{ PrivateIPv4Address: 'x' }, { Scheme: 'internal' }, 'is not in the subnet'],
  [{ AllocationId: 'eipalloc-00000000000000000' }, { Type: 'application' }, 'application load balancers'],
])('%j with %j is refused', async (mapping, change, message) => {
  expect(await refusal(create(await stage(), mapping, change))).toContain(message)
})
