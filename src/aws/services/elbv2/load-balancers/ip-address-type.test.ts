import type * as ec2 from '@aws-sdk/client-ec2'
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import { addressRange } from '../../../../base/address-range.ts'
import { giveBlocks6 } from '../../../testing/blocks6.ts'
import { refusal, stage, SUBNETS, until, type Stage } from '../testing/elb-stage.ts'

/** A stage whose subnets have blocks of IPv6, the first of them `address`'s. */
async function setUp(): Promise<{ region: Stage; address: string }> {
  const region = await stage()
  const ec2 = <Output>(operation: string, input: object) => region.call<Output>(operation, input, 'ec2')
  const whole = await giveBlocks6(ec2, region.vpcId, SUBNETS)
  return { region, address: addressRange(whole).at(5) }
}

async function balancer(region: Stage, IpAddressType: string): Promise<string> {
  const { LoadBalancers } = await region.call<sdk.CreateLoadBalancerOutput>('CreateLoadBalancer', {
    Name: 'six',
    Type: 'network',
    Subnets: SUBNETS,
    IpAddressType,
  })
  return LoadBalancers?.[0]?.LoadBalancerArn ?? ''
}

async function group(region: Stage, members: object): Promise<string> {
  const { TargetGroups } = await region.call<sdk.CreateTargetGroupOutput>('CreateTargetGroup', {
    Name: 'six',
    Protocol: 'TCP',
    Port: 80,
    VpcId: region.vpcId,
    TargetType: 'ip',
    ...members,
  })
  return TargetGroups?.[0]?.TargetGroupArn ?? ''
}

async function addresses(region: Stage): Promise<number[]> {
  const answer = await region.call<ec2.DescribeNetworkInterfacesResult>(
    'DescribeNetworkInterfaces',
    { Filters: [{ Name: 'description', Values: ['ELB net/six/*'] }] },
    'ec2',
  )
  return (answer.NetworkInterfaces ?? []).map(({ Ipv6Addresses = [] }) => Ipv6Addresses.length)
}

const listen = (region: Stage, LoadBalancerArn: string, TargetGroupArn: string, Protocol = 'TCP') =>
  region.call('CreateListener', {
    LoadBalancerArn,
    Protocol,
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  })

describe('a dualstack load balancer', () => {
  test('has an address of IPv6 a zone, and takes targets of IPv6', async () => {
    const { region, address } = await setUp()
    const LoadBalancerArn = await balancer(region, 'dualstack')
    await until(async () => (await addresses(region)).join() === '1,1')
    const TargetGroupArn = await group(region, { IpAddressType: 'ipv6' })
    await listen(region, LoadBalancerArn, TargetGroupArn)
    await region.call('RegisterTargets', { TargetGroupArn, Targets: [{ Id: address }] })
    const refused = (Id: string): Promise<string> =>
      refusal(region.call('RegisterTargets', { TargetGroupArn, Targets: [{ Id }] }))
    expect(await refused(region.ip)).toContain('is not a valid IPv6 address')
    expect(await refused('2001:db8::1')).toContain('is outside the VPC')
    // What would leave its targets without a way.
    const back = { LoadBalancerArn, IpAddressType: 'ipv4' }
    expect(await refusal(region.call('SetIpAddressType', back))).toContain('InvalidConfigurationRequest')
    const moved = region.call('SetSubnets', { ...back, Subnets: SUBNETS })
    expect(await refusal(moved)).toContain('InvalidConfigurationRequest')
  })

  test('can be made of one of IPv4, and the other way round', async () => {
    const { region } = await setUp()
    const LoadBalancerArn = await balancer(region, 'ipv4')
    const TargetGroupArn = await group(region, { IpAddressType: 'ipv6' })
    expect(await refusal(listen(region, LoadBalancerArn, TargetGroupArn))).toContain('ipv6')
    for (const [IpAddressType, counts] of [
      ['dualstack', '1,1'],
      ['ipv4', '0,0'],
    ] as const) {
      await region.call('SetIpAddressType', { LoadBalancerArn, IpAddressType })
      await until(async () => (await addresses(region)).join() === counts)
    }
  })

  test('takes no datagrams', async () => {
    const { region } = await setUp()
    const LoadBalancerArn = await balancer(region, 'dualstack')
    const TargetGroupArn = await group(region, { Protocol: 'UDP' })
    const refused = 'A UDP listener of a dualstack load balancer is not emulated by Neargate'
    expect(await refusal(listen(region, LoadBalancerArn, TargetGroupArn, 'UDP'))).toContain(refused)
    await region.call('SetIpAddressType', { LoadBalancerArn, IpAddressType: 'ipv4' })
    await listen(region, LoadBalancerArn, TargetGroupArn, 'UDP')
    const back = region.call('SetIpAddressType', { LoadBalancerArn, IpAddressType: 'dualstack' })
    expect(await refusal(back)).toContain(refused)
  })
})
