// Owns SetSubnets, SetSecurityGroups and SetIpAddressType.
import type {
  SetIpAddressTypeInput,
  SetIpAddressTypeOutput,
  SetSecurityGroupsInput,
  SetSecurityGroupsOutput,
  SetSubnetsInput,
  SetSubnetsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { notEmulated } from '../errors.ts'
import { findLoadBalancer } from '../lookup.ts'
import type { Elb } from '../state.ts'
import { readSubnets } from './subnets.ts'

/** @throws AwsError LoadBalancerNotFound, SubnetNotFound, InvalidConfigurationRequest */
export async function setSubnets(input: SetSubnetsInput, elb: Elb): Promise<SetSubnetsOutput> {
  const { arn } = findLoadBalancer(elb, input.LoadBalancerArn)
  if (input.IpAddressType && input.IpAddressType !== 'ipv4')
    throw notEmulated(`IpAddressType ${input.IpAddressType}`)
  const { zones } = await readSubnets(elb, input)
  const updated = await elb.tables.loadBalancers.update(arn, (current) => ({
    ...current,
    loadBalancer: {
      ...current.loadBalancer,
      AvailabilityZones: zones,
      EnablePrefixForIpv6SourceNat:
        input.EnablePrefixForIpv6SourceNat ?? current.loadBalancer.EnablePrefixForIpv6SourceNat,
    },
  }))
  return {
    AvailabilityZones: zones,
    IpAddressType: 'ipv4',
    EnablePrefixForIpv6SourceNat: updated?.loadBalancer.EnablePrefixForIpv6SourceNat,
  }
}

/** @throws AwsError LoadBalancerNotFound */
export async function setSecurityGroups(
  input: SetSecurityGroupsInput,
  elb: Elb,
): Promise<SetSecurityGroupsOutput> {
  const { arn } = findLoadBalancer(elb, input.LoadBalancerArn)
  const groups = input.SecurityGroups ?? []
  await elb.tables.loadBalancers.update(arn, (current) => ({
    ...current,
    loadBalancer: {
      ...current.loadBalancer,
      SecurityGroups: groups,
      ...(input.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic
        ? {
            EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic:
              input.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic,
          }
        : {}),
    },
  }))
  return { SecurityGroupIds: groups }
}

/** Only ipv4 is emulated. @throws AwsError LoadBalancerNotFound, ValidationError */
export function setIpAddressType(input: SetIpAddressTypeInput, elb: Elb): SetIpAddressTypeOutput {
  findLoadBalancer(elb, input.LoadBalancerArn)
  if (input.IpAddressType !== 'ipv4') throw notEmulated(`IpAddressType ${input.IpAddressType}`)
  return { IpAddressType: 'ipv4' }
}
