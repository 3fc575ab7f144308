// Owns where a load balancer stands: its subnets, one a zone.
import type { AvailabilityZone } from '@aws-sdk/client-elastic-load-balancing-v2'

import { AwsError } from '../../../../base/errors.ts'
import { validationError } from '../errors.ts'
import type { Elb } from '../state.ts'
import { subnetsOf } from '../vpc.ts'
import { fewestZones, type Kind } from './kinds.ts'

/** What an operation that takes subnets honours of them; an own address in a mapping is not emulated. */
export const SUBNETS = ['Subnets', 'SubnetMappings[].SubnetId'] as const

export interface SubnetsInput {
  readonly Subnets?: string[] | undefined
  readonly SubnetMappings?: { readonly SubnetId?: string | undefined }[] | undefined
}

/** The zones a request asks for. @throws AwsError ValidationError, SubnetNotFound, InvalidConfigurationRequest */
export async function readSubnets(
  elb: Elb,
  kind: Kind,
  input: SubnetsInput,
): Promise<{ vpcId: string; zones: AvailabilityZone[] }> {
  const subnetIds = input.Subnets ?? input.SubnetMappings?.map((item) => item.SubnetId ?? '') ?? []
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
  if (subnets.length < fewestZones(kind)) {
    throw validationError('At least two subnets in two different Availability Zones must be specified')
  }
  return {
    vpcId: subnets[0]?.VpcId ?? '',
    zones: subnets.map((subnet) => ({
      ZoneName: subnet.AvailabilityZone,
      SubnetId: subnet.SubnetId,
      LoadBalancerAddresses: [],
    })),
  }
}
