// Owns SetSubnets, SetSecurityGroups and SetIpAddressType.
import type {
  SetIpAddressTypeInput,
  SetIpAddressTypeOutput,
  SetSecurityGroupsInput,
  SetSecurityGroupsOutput,
  SetSubnetsInput,
  SetSubnetsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import { descriptionOf } from '../interfaces.ts'
import { findLoadBalancer } from '../lookup.ts'
import type { Elb, LoadBalancerRecord } from '../state.ts'
import { checkSecurityGroups, subnetsOf } from '../vpc.ts'
import { checkIpv6, checkNoDatagrams, checkNoIpv6Targets, readIpAddressType } from './ip-address-type.ts'
import { readSubnets, SUBNETS } from './subnets.ts'

// What was asked of EC2 has taken its time: the load balancer may be gone by now.
async function change(
  elb: Elb,
  arn: string | undefined,
  next: Partial<LoadBalancerRecord['loadBalancer']>,
): Promise<void> {
  await elb.deps.store.transact((tx) => {
    const record = findLoadBalancer(elb, arn)
    if (next.IpAddressType === 'ipv4') checkNoIpv6Targets(elb, record.arn)
    if (next.IpAddressType === 'dualstack') checkNoDatagrams(elb, record.arn)
    const loadBalancer = { ...record.loadBalancer, ...next }
    elb.tables.loadBalancers.putIn(tx, record.arn, { ...record, loadBalancer })
  })
}

/** @throws AwsError LoadBalancerNotFound, SubnetNotFound, InvalidConfigurationRequest */
export const setSubnets = operation<Elb, SetSubnetsInput, SetSubnetsOutput>()({
  honours: ['LoadBalancerArn', 'IpAddressType', ...SUBNETS],
  handle: async (input, elb) => {
    const record = findLoadBalancer(elb, input.LoadBalancerArn)
    const { loadBalancer } = record
    const isNetwork = loadBalancer.Type === 'network'
    const kind = isNetwork ? 'network' : 'application'
    const IpAddressType = input.IpAddressType ?? loadBalancer.IpAddressType
    const owner = {
      kind,
      scheme: loadBalancer.Scheme ?? '',
      IpAddressType: readIpAddressType(IpAddressType),
      description: descriptionOf(record),
    } as const
    const { zones: asked } = await readSubnets(elb, owner, input)
    // Subnets that stay keep their addresses.
    const zones = asked.map((zone) => ({
      ...zone,
      ...loadBalancer.AvailabilityZones?.find(({ SubnetId }) => SubnetId === zone.SubnetId),
    }))
    await change(elb, input.LoadBalancerArn, { AvailabilityZones: zones, IpAddressType: owner.IpAddressType })
    return {
      AvailabilityZones: zones,
      IpAddressType: owner.IpAddressType,
      ...(isNetwork ? { EnablePrefixForIpv6SourceNat: 'off' as const } : {}),
    }
  },
})

/** @throws AwsError LoadBalancerNotFound, InvalidSecurityGroup, InvalidConfigurationRequest */
export const setSecurityGroups = operation<Elb, SetSecurityGroupsInput, SetSecurityGroupsOutput>()({
  honours: ['LoadBalancerArn', 'SecurityGroups'],
  // There is no PrivateLink that traffic could come by.
  keeps: ['EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic'],
  handle: async (input, elb) => {
    const { loadBalancer } = findLoadBalancer(elb, input.LoadBalancerArn)
    const { SecurityGroups = [], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforced } = input
    await checkSecurityGroups(elb, loadBalancer.VpcId ?? '', SecurityGroups)
    await change(elb, input.LoadBalancerArn, {
      SecurityGroups,
      ...(enforced ? { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforced } : {}),
    })
    return { SecurityGroupIds: SecurityGroups }
  },
})

/** `dualstack` wants subnets with IPv6 blocks. @throws AwsError LoadBalancerNotFound, ValidationError, InvalidConfigurationRequest */
export const setIpAddressType = operation<Elb, SetIpAddressTypeInput, SetIpAddressTypeOutput>()({
  honours: ['LoadBalancerArn', 'IpAddressType'],
  handle: async (input, elb) => {
    const { arn, loadBalancer } = findLoadBalancer(elb, input.LoadBalancerArn)
    const IpAddressType = readIpAddressType(input.IpAddressType)
    const subnetIds = (loadBalancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
    checkIpv6(IpAddressType, await subnetsOf(elb, subnetIds))
    await change(elb, arn, { IpAddressType })
    return { IpAddressType }
  },
})
