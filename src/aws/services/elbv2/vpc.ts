// Owns what the service asks EC2: subnets, address ranges of a VPC, instances.
import type {
  DescribeInstancesResult,
  DescribeSubnetsResult,
  DescribeVpcsResult,
  Subnet,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import type { Elb } from './state.ts'

/** The subnets with these ids. @throws AwsError SubnetNotFound */
export async function subnetsOf(elb: Elb, subnetIds: readonly string[]): Promise<readonly Subnet[]> {
  try {
    const answer = await elb.deps.caller.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', {
      SubnetIds: subnetIds,
    })
    return answer.Subnets ?? []
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('InvalidSubnet')) {
      throw new AwsError('SubnetNotFound', error.message)
    }
    throw error
  }
}

/** The zone of the subnet of the VPC that holds the address; undefined when none does. */
export async function zoneOfAddress(elb: Elb, vpcId: string, ip: string): Promise<string | undefined> {
  const answer = await elb.deps.caller.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', {
    Filters: [{ Name: 'vpc-id', Values: [vpcId] }],
  })
  return answer.Subnets?.find((subnet) => contains(subnet.CidrBlock ?? '', ip))?.AvailabilityZone
}

/** True when one of the VPC's address ranges holds the address. */
export async function isInVpc(elb: Elb, vpcId: string, ip: string): Promise<boolean> {
  const answer = await elb.deps.caller.call<DescribeVpcsResult>('ec2', 'DescribeVpcs', { VpcIds: [vpcId] })
  const vpc = answer.Vpcs?.[0]
  const blocks = vpc?.CidrBlockAssociationSet?.map((block) => block.CidrBlock ?? '') ?? [vpc?.CidrBlock ?? '']
  return blocks.some((block) => contains(block, ip))
}

/** Address, zone and state of an instance; undefined when there is none. */
export async function findInstance(
  elb: Elb,
  instanceId: string,
): Promise<{ ip: string; zone: string; state: string; vpcId: string } | undefined> {
  try {
    const answer = await elb.deps.caller.call<DescribeInstancesResult>('ec2', 'DescribeInstances', {
      InstanceIds: [instanceId],
    })
    const instance = answer.Reservations?.[0]?.Instances?.[0]
    return (
      instance && {
        ip: instance.PrivateIpAddress ?? '',
        zone: instance.Placement?.AvailabilityZone ?? '',
        state: instance.State?.Name ?? '',
        vpcId: instance.VpcId ?? '',
      }
    )
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('InvalidInstanceID')) return undefined
    throw error
  }
}

/** True when the IPv4 block holds the address. */
export function contains(block: string, ip: string): boolean {
  const [base = '', prefix = ''] = block.split('/')
  if (prefix === '') return false
  const size = 2 ** (32 - Number(prefix))
  return Math.floor(toNumber(base) / size) === Math.floor(toNumber(ip) / size)
}

function toNumber(ip: string): number {
  return ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
}
