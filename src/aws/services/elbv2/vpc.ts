// Owns what the service asks EC2: subnets, address ranges of a VPC, instances.
import type {
  DescribeInstancesResult,
  DescribeSecurityGroupsResult,
  DescribeSubnetsResult,
  DescribeVpcsResult,
  Subnet,
} from '@aws-sdk/client-ec2'

import { addressRange } from '../../../base/address-range.ts'
import { AwsError } from '../../../base/errors.ts'
import type { ServiceDeps } from '../../protocol/service.ts'

/** Either version of the service. */
interface Elb {
  readonly deps: Pick<ServiceDeps, 'caller'>
}

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
  return answer.Subnets?.find(({ CidrBlock, Ipv6CidrBlockAssociationSet = [] }) =>
    [CidrBlock, ...Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock)].some((block) =>
      holds(block, ip),
    ),
  )?.AvailabilityZone
}

/** True when one of the VPC's address ranges holds the address. */
export async function isInVpc(elb: Elb, vpcId: string, ip: string): Promise<boolean> {
  const answer = await elb.deps.caller.call<DescribeVpcsResult>('ec2', 'DescribeVpcs', { VpcIds: [vpcId] })
  const vpc = answer.Vpcs?.[0]
  const blocks = vpc?.CidrBlockAssociationSet?.map((block) => block.CidrBlock) ?? [vpc?.CidrBlock]
  const blocks6 = vpc?.Ipv6CidrBlockAssociationSet?.map((block) => block.Ipv6CidrBlock) ?? []
  return [...blocks, ...blocks6].some((block) => holds(block, ip))
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

function holds(block: string | undefined, ip: string): boolean {
  return block !== undefined && addressRange(block).indexOf(ip) !== undefined
}

/** The id of the default security group of a VPC, in a list; an empty one where it was deleted. */
export async function defaultGroupOf(elb: Elb, vpcId: string): Promise<readonly string[]> {
  const answer = await elb.deps.caller.call<DescribeSecurityGroupsResult>('ec2', 'DescribeSecurityGroups', {
    Filters: [
      { Name: 'vpc-id', Values: [vpcId] },
      { Name: 'group-name', Values: ['default'] },
    ],
  })
  return (answer.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? [])
}

/** True when there is such a VPC. */
export async function hasVpc(elb: Elb, vpcId: string): Promise<boolean> {
  try {
    await elb.deps.caller.call('ec2', 'DescribeVpcs', { VpcIds: [vpcId] })
    return true
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('InvalidVpc')) return false
    throw error
  }
}

/**
 * Refuses security groups that there are not, or that are of another VPC.
 * @throws AwsError InvalidSecurityGroup, InvalidConfigurationRequest
 */
export async function checkSecurityGroups(
  elb: Elb,
  vpcId: string,
  ids: readonly string[] | undefined,
): Promise<void> {
  if (!ids || ids.length === 0) return
  try {
    const answer = await elb.deps.caller.call<DescribeSecurityGroupsResult>('ec2', 'DescribeSecurityGroups', {
      GroupIds: ids,
    })
    if (answer.SecurityGroups?.every((group) => group.VpcId === vpcId)) return
  } catch (error) {
    // Words from kubernetes-sigs/aws-load-balancer-controller#2371: those of EC2.
    if (error instanceof AwsError && error.code.startsWith('InvalidGroup')) {
      throw new AwsError('InvalidSecurityGroup', error.message)
    }
    throw error
  }
  // Many reports of groups of another VPC quote it so.
  throw new AwsError('InvalidConfigurationRequest', 'One or more security groups are invalid')
}
