// Owns reading a cluster's network: a VPC that goes with its stack is made anew, any other is named by its subnets.
import { DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation'
import type { Subnet } from '@aws-sdk/client-ec2'
import type { VpcConfigResponse } from '@aws-sdk/client-eks'

import type { ClusterConfig } from '../../config/cluster-config.ts'
import { clusterStackName } from '../../rules/eksctl/stack-names.ts'
import type { Cloud } from '../cloud.ts'
import { findStack } from '../stacks.ts'

export interface ImportedNetwork {
  readonly vpc: NonNullable<ClusterConfig['vpc']>
  /** Zones that the network of the cluster's own stack is in. */
  readonly zones: readonly string[] | undefined
  readonly privateSubnets: ReadonlySet<string>
}

/** @param cluster its name */
export async function importNetwork(
  cloud: Cloud,
  cluster: string,
  { vpcId = '', subnetIds = [], ...access }: VpcConfigResponse,
): Promise<ImportedNetwork> {
  const { DescribeSubnetsCommand, DescribeVpcsCommand } = await import('@aws-sdk/client-ec2')
  const ec2 = await cloud.ec2()
  const [{ Subnets = [] }, { Vpcs = [] }] = await Promise.all([
    ec2.send(new DescribeSubnetsCommand({ SubnetIds: subnetIds })),
    ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] })),
  ])
  const open = await publicSubnets(cloud, vpcId)
  const isPublic = ({ SubnetId = '' }: Subnet): boolean => open.has(SubnetId)
  const [outer, inner] = [Subnets.filter(isPublic), Subnets.filter((subnet) => !isPublic(subnet))]
  const own = await ownNatGateways(cloud, cluster, vpcId)
  const cidr = Vpcs[0]?.CidrBlock
  return {
    vpc: {
      ...(own === undefined
        ? { id: vpcId, subnets: { ...byZone('private', inner), ...byZone('public', outer) } }
        : { ...(cidr === undefined ? {} : { cidr }), nat: { gateway: own } }),
      clusterEndpoints: {
        publicAccess: access.endpointPublicAccess ?? true,
        privateAccess: access.endpointPrivateAccess ?? false,
      },
      ...(access.publicAccessCidrs === undefined || isEverybody(access.publicAccessCidrs)
        ? {}
        : { publicAccessCIDRs: access.publicAccessCidrs }),
    },
    zones:
      own === undefined
        ? undefined
        : [...new Set(Subnets.map(({ AvailabilityZone = '' }) => AvailabilityZone))].toSorted(),
    privateSubnets: new Set(inner.map(({ SubnetId = '' }) => SubnetId)),
  }
}

function isEverybody(cidrs: readonly string[]): boolean {
  return cidrs.length === 1 && cidrs[0] === '0.0.0.0/0'
}

function byZone(kind: 'private' | 'public', subnets: readonly Subnet[]) {
  const seen = new Map<string, number>()
  const named = subnets.map(({ SubnetId = '', AvailabilityZone = '' }) => {
    const count = (seen.get(AvailabilityZone) ?? 0) + 1
    seen.set(AvailabilityZone, count)
    // A second subnet of a zone needs a name of its own, and its zone beside it.
    return count === 1
      ? ([AvailabilityZone, { id: SubnetId }] as const)
      : ([`${AvailabilityZone}-${count}`, { id: SubnetId, az: AvailabilityZone }] as const)
  })
  return named.length === 0 ? {} : { [kind]: Object.fromEntries(named) }
}

/** Ids of the subnets whose route table, or the VPC's main one, leads to an internet gateway. */
async function publicSubnets(cloud: Cloud, vpcId: string): Promise<ReadonlySet<string>> {
  const { DescribeRouteTablesCommand, DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2')
  const ec2 = await cloud.ec2()
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }]
  const [{ RouteTables = [] }, { Subnets = [] }] = await Promise.all([
    ec2.send(new DescribeRouteTablesCommand({ Filters })),
    ec2.send(new DescribeSubnetsCommand({ Filters })),
  ])
  const tableOf = (subnet: string) =>
    RouteTables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnet)) ??
    RouteTables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main))
  const ids = Subnets.map(({ SubnetId = '' }) => SubnetId)
  return new Set(
    ids.filter((id) => tableOf(id)?.Routes?.some(({ GatewayId }) => GatewayId?.startsWith('igw-'))),
  )
}

/** How the cluster's own stack lets private subnets out; undefined where the stack did not make the VPC. */
async function ownNatGateways(
  cloud: Cloud,
  cluster: string,
  vpcId: string,
): Promise<'HighlyAvailable' | 'Single' | 'Disable' | undefined> {
  const StackName = clusterStackName(cluster)
  if (!(await findStack({ cloud }, StackName))) return undefined
  const { StackResources = [] } = await cloud.cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName }),
  )
  if (!StackResources.some(({ PhysicalResourceId }) => PhysicalResourceId === vpcId)) return undefined
  const count = StackResources.filter(({ ResourceType }) => ResourceType === 'AWS::EC2::NatGateway').length
  return count === 0 ? 'Disable' : count === 1 ? 'Single' : 'HighlyAvailable'
}
