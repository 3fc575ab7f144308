// Owns the choice of subnets for the load balancers of the cloud controller.
// Source: kubernetes/cloud-provider-aws, pkg/providers/v1/aws.go (findELBSubnets, findSubnets, isSubnetPublic,
// resolveSubnetNameOrIDs).
import type {
  DescribeRouteTablesResult,
  DescribeSubnetsResult,
  RouteTable,
  Subnet,
} from '@aws-sdk/client-ec2'

import { BuildError } from '../../rules/load-balancer/annotations.ts'
import type { ClassicModel } from '../../rules/load-balancer/classic.ts'
import type { CloudOptions } from './cloud.ts'

const CLUSTER_TAG = 'kubernetes.io/cluster/'

/**
 * One subnet for each zone, those that the Service names or those found by their tags: for load balancers that the internet
 * reaches the public ones alone; of several those with the tag of the role, then of the cluster, then the lowest id.
 * @throws BuildError when there is none
 */
export async function chooseCloudSubnets(
  { aws, vpcId, clusterName }: CloudOptions,
  { subnets: named, isInternal }: Pick<ClassicModel, 'subnets' | 'isInternal'>,
): Promise<string[]> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }]
  const { Subnets = [] } = await aws.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', { Filters })
  if (named.length > 0) return named.map((name) => resolve(Subnets, name))
  const { RouteTables = [] } = await aws.call<DescribeRouteTablesResult>('ec2', 'DescribeRouteTables', {
    Filters,
  })
  const own = `${CLUSTER_TAG}${clusterName}`
  const role = isInternal ? 'kubernetes.io/role/internal-elb' : 'kubernetes.io/role/elb'
  const fit = Subnets.filter(
    (subnet) =>
      (hasTag(subnet, own) || !(subnet.Tags ?? []).some(({ Key }) => Key?.startsWith(CLUSTER_TAG))) &&
      (isInternal || isPublic(RouteTables, subnet)),
  )
  if (fit.length === 0) throw new BuildError('could not find any suitable subnets for creating the ELB')
  const byZone = Map.groupBy(fit, ({ AvailabilityZone = '' }) => AvailabilityZone)
  return [...byZone]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, inZone]) => {
      const [best] = inZone.toSorted((a, b) => compare(a, b, [role, own]))
      return best?.SubnetId ?? []
    })
}

function resolve(subnets: readonly Subnet[], name: string): string {
  const found = subnets.find(
    ({ SubnetId, Tags = [] }) =>
      SubnetId === name || Tags.some(({ Key, Value }) => Key === 'Name' && Value === name),
  )
  if (found?.SubnetId !== undefined) return found.SubnetId
  throw new BuildError(`expected to find 1, but found 0 subnets: ${name}`)
}

function compare(a: Subnet, b: Subnet, tags: readonly string[]): number {
  for (const tag of tags) {
    const difference = Number(hasTag(b, tag)) - Number(hasTag(a, tag))
    if (difference !== 0) return difference
  }
  return (a.SubnetId ?? '') < (b.SubnetId ?? '') ? -1 : 1
}

function hasTag({ Tags = [] }: Pick<Subnet, 'Tags'>, key: string): boolean {
  return Tags.some(({ Key }) => Key === key)
}

// With a route through an internet gateway, by its own table or by the main one of the VPC.
function isPublic(tables: readonly RouteTable[], { SubnetId }: Subnet): boolean {
  const table =
    tables.find(({ Associations = [] }) => Associations.some((each) => each.SubnetId === SubnetId)) ??
    tables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main === true))
  return (table?.Routes ?? []).some(({ GatewayId }) => GatewayId?.startsWith('igw'))
}
