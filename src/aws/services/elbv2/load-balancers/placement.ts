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
import { notEmulated } from '../errors.ts'
import { findLoadBalancer } from '../lookup.ts'
import type { Elb, LoadBalancerRecord } from '../state.ts'
import { checkSecurityGroups } from '../vpc.ts'
import { readSubnets, SUBNETS } from './subnets.ts'

// What was asked of EC2 has taken its time: the load balancer may be gone by now.
async function change(
  elb: Elb,
  arn: string | undefined,
  next: Partial<LoadBalancerRecord['loadBalancer']>,
): Promise<void> {
  await elb.deps.store.transact((tx) => {
    const record = findLoadBalancer(elb, arn)
    const loadBalancer = { ...record.loadBalancer, ...next }
    elb.tables.loadBalancers.putIn(tx, record.arn, { ...record, loadBalancer })
  })
}

/** @throws AwsError LoadBalancerNotFound, SubnetNotFound, InvalidConfigurationRequest */
export const setSubnets = operation<Elb, SetSubnetsInput, SetSubnetsOutput>()({
  honours: ['LoadBalancerArn', ...SUBNETS],
  handle: async (input, elb) => {
    const record = findLoadBalancer(elb, input.LoadBalancerArn)
    const { loadBalancer } = record
    const isNetwork = loadBalancer.Type === 'network'
    const kind = isNetwork ? 'network' : 'application'
    const owner = { kind, scheme: loadBalancer.Scheme ?? '', description: descriptionOf(record) } as const
    const { zones: asked } = await readSubnets(elb, owner, input)
    // Subnets that stay keep their addresses.
    const zones = asked.map((zone) => ({
      ...zone,
      ...loadBalancer.AvailabilityZones?.find(({ SubnetId }) => SubnetId === zone.SubnetId),
    }))
    await change(elb, input.LoadBalancerArn, { AvailabilityZones: zones })
    return {
      AvailabilityZones: zones,
      IpAddressType: 'ipv4',
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

/** Only ipv4 is emulated. @throws AwsError LoadBalancerNotFound, ValidationError */
export const setIpAddressType = operation<Elb, SetIpAddressTypeInput, SetIpAddressTypeOutput>()({
  honours: ['LoadBalancerArn', 'IpAddressType'],
  handle: (input, elb) => {
    findLoadBalancer(elb, input.LoadBalancerArn)
    if (input.IpAddressType !== 'ipv4') throw notEmulated(`IpAddressType ${input.IpAddressType}`)
    return { IpAddressType: 'ipv4' }
  },
})
