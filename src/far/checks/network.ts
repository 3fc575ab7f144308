// Owns the look at a network that is there already: zones, ways out, room, and the tags that load balancers go by.
// Source: Amazon EKS user guide, "VPC and subnet requirements" and "Route internet and TCP traffic (load balancers)".
import {
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  type RouteTable,
  type Subnet,
} from '@aws-sdk/client-ec2'

import type { ClusterConfig } from '../../config/cluster-config.ts'
import type { Cloud } from '../../deploy/cloud.ts'
import { subnetsOf } from '../../deploy/subnets.ts'
import { hasEks, hasFargate } from '../../rules/regions/zones.ts'
import { error, warning, type Finding } from '../../deploy/finding.ts'

// EKS puts its network interfaces there, and wants as many addresses free.
const FREE_ADDRESSES = 6
const FEWEST_ZONES = 2

export interface NetworkCheck {
  /** With the ids of all subnets that it names. */
  readonly config: ClusterConfig
  /** Whether a Service or an Ingress asks for a load balancer. */
  readonly wantsLoadBalancers: boolean
}

/** What would go wrong in the subnets of the file; nothing where `up` makes the network itself. */
export async function checkNetwork(
  cloud: Pick<Cloud, 'ec2' | 'region'>,
  { config, wantsLoadBalancers }: NetworkCheck,
): Promise<readonly Finding[]> {
  const given = subnetsOf(config)
  const ids = [...given.private, ...given.public].map(({ id }) => id)
  if (ids.length === 0) return []
  const client = await cloud.ec2()
  const { Subnets = [] } = await client.send(new DescribeSubnetsCommand({ SubnetIds: ids }))
  const vpcIds = [...new Set(Subnets.flatMap(({ VpcId }) => VpcId ?? []))]
  const { RouteTables = [] } = await client.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: vpcIds }] }),
  )
  const inside = new Set(given.private.map(({ id }) => id))
  const isPrivate = ({ SubnetId = '' }: Subnet): boolean => inside.has(SubnetId)
  const wantsFargate = (config.fargateProfiles ?? []).length > 0
  return [
    ...zones(Subnets),
    ...Subnets.flatMap((subnet) => addresses(subnet)),
    ...(config.privateCluster?.enabled === true ? [] : waysOut(Subnets.filter(isPrivate), RouteTables)),
    ...waysIn(
      Subnets.filter((subnet) => !isPrivate(subnet)),
      RouteTables,
    ),
    ...(wantsFargate ? fargateZones(Subnets.filter(isPrivate), cloud.region) : []),
    ...(wantsLoadBalancers ? tags(Subnets, isPrivate) : []),
  ]
}

function zones(subnets: readonly Subnet[]): readonly Finding[] {
  const names = new Set(subnets.map(({ AvailabilityZone }) => AvailabilityZone))
  const unserved = subnets.filter(({ AvailabilityZoneId: id }) => id !== undefined && !hasEks(id))
  return [
    ...(names.size < FEWEST_ZONES
      ? [
          error(
            `the subnets of the file are all in ${[...names].join()}: EKS wants two zones at least`,
            'Add a subnet of another zone to vpc.subnets.',
          ),
        ]
      : []),
    ...unserved.map(({ SubnetId, AvailabilityZone, AvailabilityZoneId }) =>
      error(
        `EKS serves no cluster in ${AvailabilityZone} (${AvailabilityZoneId}), where ${SubnetId} is`,
        'Name a subnet of another zone in vpc.subnets.',
      ),
    ),
  ]
}

function addresses({ SubnetId, AvailableIpAddressCount: free }: Subnet): readonly Finding[] {
  if (free === undefined || free >= FREE_ADDRESSES) return []
  return [
    error(
      `${SubnetId} has ${free} free addresses: EKS wants ${FREE_ADDRESSES} at least`,
      'Free some, or name another subnet in vpc.subnets.',
    ),
  ]
}

function waysOut(subnets: readonly Subnet[], tables: readonly RouteTable[]): readonly Finding[] {
  return subnets
    .filter((subnet) => !defaultRoute(subnet, tables))
    .map(({ SubnetId }) =>
      error(
        `${SubnetId} is private and has no route out: nodes and Fargate pods there reach neither EKS nor images`,
        'Add a route 0.0.0.0/0 to a NAT gateway, or make the cluster private with privateCluster.enabled, which has endpoints.',
      ),
    )
}

function waysIn(subnets: readonly Subnet[], tables: readonly RouteTable[]): readonly Finding[] {
  return subnets
    .filter((subnet) => !(defaultRoute(subnet, tables)?.GatewayId ?? '').startsWith('igw-'))
    .map(({ SubnetId }) =>
      error(
        `${SubnetId} stands under public and has no route to an internet gateway`,
        'Add the route, or name the subnet under private.',
      ),
    )
}

type Route = NonNullable<RouteTable['Routes']>[number]

// A subnet that no table is associated with has the VPC's main one.
function defaultRoute({ SubnetId, VpcId }: Subnet, tables: readonly RouteTable[]): Route | undefined {
  const ofVpc = tables.filter((table) => table.VpcId === VpcId)
  const own = ofVpc.find(({ Associations = [] }) => Associations.some((each) => each.SubnetId === SubnetId))
  const main = ofVpc.find(({ Associations = [] }) => Associations.some((each) => each.Main === true))
  const routes = (own ?? main)?.Routes ?? []
  return routes.find((route) => route.DestinationCidrBlock === '0.0.0.0/0' && route.State !== 'blackhole')
}

function fargateZones(subnets: readonly Subnet[], region: string): readonly Finding[] {
  return subnets
    .filter(({ AvailabilityZoneId: id }) => id !== undefined && !hasFargate(region, id))
    .map(({ SubnetId, AvailabilityZone, AvailabilityZoneId }) =>
      error(
        `Fargate is not in ${AvailabilityZone} (${AvailabilityZoneId}), where ${SubnetId} is`,
        'Name the other private subnets in fargateProfiles[].subnets.',
      ),
    )
}

// The controller finds subnets by these tags; with none, it takes those whose route tables say the same.
function tags(subnets: readonly Subnet[], isPrivate: (subnet: Subnet) => boolean): readonly Finding[] {
  const has = (subnet: Subnet, key: string): boolean =>
    (subnet.Tags ?? []).some((tag) => tag.Key === key && ['', '1'].includes(tag.Value ?? ''))
  const untagged = subnets.filter(
    (subnet) =>
      !has(subnet, isPrivate(subnet) ? 'kubernetes.io/role/internal-elb' : 'kubernetes.io/role/elb'),
  )
  if (untagged.length === 0) return []
  const ids = untagged.map(({ SubnetId }) => SubnetId).join(', ')
  return [
    warning(
      `without the tags that load balancers are placed by: ${ids}`,
      'Tag public subnets kubernetes.io/role/elb=1 and private ones kubernetes.io/role/internal-elb=1.',
    ),
  ]
}
