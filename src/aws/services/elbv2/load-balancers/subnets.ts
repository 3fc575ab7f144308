// Owns where a load balancer stands: its subnets, one a zone.
import type { AvailabilityZone } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { validationError } from '../errors.ts'
import type { Elb } from '../state.ts'
import { subnetsOf } from '../vpc.ts'
import { checkIpv6 } from './ip-address-type.ts'
import { fewestZones } from './kinds.ts'
import { addressesIn, type Owner, type SubnetMapping } from './own-addresses.ts'

/** What an operation that takes subnets honours of them. */
export const SUBNETS = [
  'Subnets',
  'SubnetMappings[].SubnetId',
  'SubnetMappings[].AllocationId',
  'SubnetMappings[].PrivateIPv4Address',
] as const

export interface SubnetsInput {
  readonly Subnets?: string[] | undefined
  readonly SubnetMappings?: readonly SubnetMapping[] | undefined
}

/** The zones a request asks for. @throws AwsError ValidationError, SubnetNotFound, InvalidConfigurationRequest */
export async function readSubnets(
  elb: Elb,
  owner: Owner,
  input: SubnetsInput,
): Promise<{ vpcId: string; zones: AvailabilityZone[] }> {
  const mappings: readonly SubnetMapping[] =
    input.Subnets?.map((SubnetId) => ({ SubnetId })) ?? input.SubnetMappings ?? []
  const subnetIds = mappings.map(({ SubnetId = '' }) => SubnetId)
  if (subnetIds.length === 0) throw validationError('At least one subnet must be specified')
  const subnets = await subnetsOf(elb, subnetIds)
  if (new Set(subnets.map((subnet) => subnet.VpcId)).size > 1) {
    throw new AwsError('InvalidConfigurationRequest', 'All subnets must belong to the same VPC')
  }
  if (new Set(subnets.map((subnet) => subnet.AvailabilityZone)).size < subnets.length) {
    throw new AwsError(
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    )
  }
  checkIpv6(owner.IpAddressType, subnets)
  if (subnets.length < fewestZones(owner.kind)) {
    throw validationError('At least two subnets in two different Availability Zones must be specified')
  }
  return {
    vpcId: subnets[0]?.VpcId ?? '',
    zones: await Promise.all(
      subnets.map(async (subnet) => {
        const mapping = mappings.find(({ SubnetId }) => SubnetId === subnet.SubnetId) ?? {}
        return {
          ZoneName: subnet.AvailabilityZone,
          SubnetId: subnet.SubnetId,
          LoadBalancerAddresses: await addressesIn(elb, owner, { mapping, subnet }),
        }
      }),
    ),
  }
}
