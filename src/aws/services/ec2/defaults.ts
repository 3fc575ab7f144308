// Owns finding the default VPC and its subnets, for requests that name none.
import { AwsError } from '../../../base/errors.ts'
import type { Ec2State, SubnetRecord, VpcRecord } from './state.ts'

/** The default VPC of the region, if it has one. */
export function defaultVpc(ec2: Ec2State): VpcRecord | undefined {
  return ec2.vpcs.list().find(({ isDefault }) => isDefault)
}

/**
 * The default VPC, for requests that name none.
 * @throws AwsError VPCIdNotSpecified
 */
export function needDefaultVpc(ec2: Ec2State): VpcRecord {
  const vpc = defaultVpc(ec2)
  if (!vpc) throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user')
  return vpc
}

/** The default subnets, by zone; those of one zone when it is named. */
export function defaultSubnets(ec2: Ec2State, zone?: string): SubnetRecord[] {
  return ec2.subnets
    .list()
    .filter(({ isDefault }) => isDefault === true)
    .filter((subnet) => zone === undefined || subnet.zone === zone)
    .toSorted((a, b) => (a.zone < b.zone ? -1 : 1))
}
