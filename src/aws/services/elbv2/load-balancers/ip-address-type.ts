// Owns the address types of load balancers: `dualstack` ones have IPv6 addresses besides, and may have IPv6 targets. Clients
// reach both near by IPv4 alone (ADR 28).
import type { IpAddressType } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Subnet } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../../base/errors.ts'
import { notEmulated, validationError } from '../errors.ts'
import { listenersOf, usersOf } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** The type of a request, `ipv4` when it has none. @throws AwsError ValidationError for one that is not emulated */
export function readIpAddressType(given: IpAddressType | undefined): 'ipv4' | 'dualstack' {
  if (given === undefined || given === 'ipv4' || given === 'dualstack') return given ?? 'ipv4'
  throw notEmulated(`IpAddressType ${given}`)
}

/**
 * Refuses subnets without a block of IPv6 for a load balancer that has addresses of it.
 * @throws AwsError ValidationError; words from kubernetes-sigs/aws-load-balancer-controller#4852
 */
export function checkIpv6(type: IpAddressType | undefined, subnets: readonly Subnet[]): void {
  if (type !== 'dualstack') return
  const isWithout = ({ Ipv6CidrBlockAssociationSet = [] }: Subnet): boolean =>
    Ipv6CidrBlockAssociationSet.length === 0
  if (subnets.some(isWithout)) {
    throw validationError('You must specify subnets with an associated IPv6 CIDR block.')
  }
}

/**
 * Refuses what would leave targets of IPv6 behind a load balancer without such addresses. The words are Neargate's: those of
 * AWS were not found.
 * @throws AwsError InvalidConfigurationRequest
 */
export function checkNoIpv6Targets(elb: Elb, arn: string): void {
  const groups = elb.tables.targetGroups
    .list()
    .filter((group) => group.targetGroup.IpAddressType === 'ipv6' && usersOf(elb, group.arn).includes(arn))
  const [first] = groups
  if (first) throw ipv6Targets(first.arn)
}

/** A target group of IPv6 with a load balancer that is not dualstack. */
export function ipv6Targets(targetGroupArn: string): AwsError {
  return new AwsError(
    'InvalidConfigurationRequest',
    `Target groups with IP address type 'ipv6' can be used by 'dualstack' load balancers only: ${targetGroupArn}`,
  )
}

/**
 * Refuses a listener of a dualstack load balancer that takes datagrams: on AWS it takes a prefix for source NAT
 * (`EnablePrefixForIpv6SourceNat` of CreateLoadBalancer), which is not emulated.
 * @throws AwsError ValidationError
 */
export function refuseDatagrams(protocol: string | undefined): void {
  if (protocol === 'UDP' || protocol === 'TCP_UDP') {
    throw notEmulated(`A ${protocol} listener of a dualstack load balancer`)
  }
}

/** The same of all listeners of a load balancer. @throws AwsError ValidationError */
export function checkNoDatagrams(elb: Elb, arn: string): void {
  for (const { listener } of listenersOf(elb, arn)) refuseDatagrams(listener.Protocol)
}
