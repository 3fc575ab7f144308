// Owns which subnets a Fargate profile may use: private ones, told by their route tables.
import type { DescribeRouteTablesResult, RouteTable } from '@aws-sdk/client-ec2'

import { publicSubnetMessage } from '../../../../rules/fargate/validate-profile.ts'
import { describeSubnets } from '../clusters/network.ts'
import { invalidParameter } from '../errors.ts'
import type { ClusterRecord, Eks } from '../state.ts'

/**
 * The subnets of a new profile: those asked for, all of which must be private, otherwise the private ones of the
 * cluster.
 * @throws AwsError InvalidParameterException
 */
export async function profileSubnets(
  eks: Eks,
  cluster: ClusterRecord,
  asked: readonly string[],
): Promise<readonly string[]> {
  const vpcId = cluster.cluster.resourcesVpcConfig?.vpcId ?? ''
  const isPublic = await publicSubnets(eks, vpcId)
  if (asked.length === 0) {
    const own = cluster.cluster.resourcesVpcConfig?.subnetIds ?? []
    const usable = own.filter((id) => !isPublic(id))
    if (usable.length === 0) throw invalidParameter(publicSubnetMessage(own[0] ?? ''))
    return usable
  }
  const subnets = await describeSubnets(eks, asked)
  const stranger = subnets.find((subnet) => subnet.VpcId !== vpcId)
  if (stranger)
    throw invalidParameter(`Subnet ${stranger.SubnetId} is not in the VPC ${vpcId} of the cluster`)
  const exposed = asked.find((id) => isPublic(id))
  if (exposed) throw invalidParameter(publicSubnetMessage(exposed))
  return asked
}

// A subnet is public when its route table (the VPC's main one unless it has its own) leads to an internet gateway.
async function publicSubnets(eks: Eks, vpcId: string): Promise<(subnetId: string) => boolean> {
  const { RouteTables = [] } = await eks.deps.caller.call<DescribeRouteTablesResult>(
    'ec2',
    'DescribeRouteTables',
    {
      Filters: [{ Name: 'vpc-id', Values: [vpcId] }],
    },
  )
  const main = RouteTables.find((table) => table.Associations?.some((association) => association.Main))
  return (subnetId) => {
    const own = RouteTables.find((table) =>
      table.Associations?.some((association) => association.SubnetId === subnetId),
    )
    return leadsToInternet(own ?? main)
  }
}

function leadsToInternet(table: RouteTable | undefined): boolean {
  return table?.Routes?.some((route) => route.GatewayId?.startsWith('igw-')) ?? false
}
