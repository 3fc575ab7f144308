// Owns the question which network a cluster goes into: the subnets the file names, or a VPC of its own.
import type { ClusterConfig, NodeGroupBase } from '../config/cluster-config.ts'
import { clusterStackName } from '../rules/eksctl/stack-names.ts'
import { hasEks, hasFargate } from '../rules/regions/zones.ts'
import { required } from './cloud.ts'
import type { DeployContext } from './context.ts'
import type { ClusterNetwork } from './templates/cluster.ts'
import { findStack, outputsOf } from './stacks.ts'
import { subnetsOf } from './subnets.ts'
import { dedicatedNetwork, existingNetwork } from './templates/network.ts'
import { endpointServices } from './templates/vpc-endpoints.ts'

const DEDICATED_ZONES = 3

/** Finds the network of the cluster stack, of a config whose subnets are imported. */
export async function resolveNetwork(context: DeployContext): Promise<ClusterNetwork> {
  const { config } = context
  const given = subnetsOf(config)
  const ids = {
    private: given.private.map((subnet) => subnet.id),
    public: given.public.map((subnet) => subnet.id),
  }
  if (ids.private.length + ids.public.length === 0) return dedicatedNetwork(config, await zonesFor(context))
  const vpc = required(config.vpc?.id, 'imported subnets without a VPC')
  const tables = endpointServices(config).length > 0 ? await routeTablesOf(context, ids.private) : []
  return existingNetwork(vpc, ids, tables)
}

// Those of the subnets themselves: a subnet of the main table alone has no gateway endpoint, as with eksctl.
async function routeTablesOf(
  { cloud }: DeployContext,
  subnetIds: readonly string[],
): Promise<readonly string[]> {
  const { DescribeRouteTablesCommand } = await import('@aws-sdk/client-ec2')
  const client = await cloud.ec2()
  const { RouteTables = [] } = await client.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'association.subnet-id', Values: [...subnetIds] }] }),
  )
  return RouteTables.map((table) => required(table.RouteTableId, 'a route table without an id'))
}

/** The config with the zones that its own network is laid over, where the file leaves them open. */
export async function withZones(context: DeployContext): Promise<ClusterConfig> {
  const { config } = context
  const given = subnetsOf(config)
  if (config.availabilityZones?.length || given.private.length + given.public.length > 0) return config
  return { ...config, availabilityZones: await zonesFor(context) }
}

/** Of the zones that serve a config, those that its node groups name, and the first in order beside them. */
export function chosenZones(config: ClusterConfig, fit: readonly string[]): readonly string[] {
  const groups: readonly NodeGroupBase[] = [...(config.managedNodeGroups ?? []), ...(config.nodeGroups ?? [])]
  const named = new Set(groups.flatMap(({ availabilityZones = [] }) => availabilityZones))
  const first = fit.filter((zone) => named.has(zone))
  const others = fit.filter((zone) => !named.has(zone))
  return [...first, ...others.slice(0, Math.max(0, DEDICATED_ZONES - first.length))].toSorted()
}

// A network that is there keeps its zones, whatever zones the groups of the file name by now: other ones would lay every
// subnet anew.
async function zonesOfStack(context: DeployContext): Promise<readonly string[]> {
  const stack = await findStack(context, clusterStackName(context.config.metadata.name))
  const SubnetIds = (stack && outputsOf(stack)['SubnetsPrivate'])?.split(',') ?? []
  if (SubnetIds.length === 0) return []
  const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2')
  const client = await context.cloud.ec2()
  const { Subnets = [] } = await client.send(new DescribeSubnetsCommand({ SubnetIds }))
  // In the order of the stack: the place of a zone decides which blocks it has.
  return SubnetIds.flatMap((id) => Subnets.find(({ SubnetId }) => SubnetId === id)?.AvailabilityZone ?? [])
}

async function zonesFor(context: DeployContext): Promise<readonly string[]> {
  if (context.config.availabilityZones?.length) return context.config.availabilityZones
  const laidOver = await zonesOfStack(context)
  if (laidOver.length > 0) return laidOver
  const { DescribeAvailabilityZonesCommand } = await import('@aws-sdk/client-ec2')
  const client = await context.cloud.ec2()
  const { AvailabilityZones = [] } = await client.send(
    new DescribeAvailabilityZonesCommand({
      Filters: [
        { Name: 'region-name', Values: [context.cloud.region] },
        { Name: 'state', Values: ['available'] },
        { Name: 'zone-type', Values: ['availability-zone'] },
      ],
    }),
  )
  const wantsFargate = (context.config.fargateProfiles ?? []).length > 0
  const fit = AvailabilityZones.filter(
    ({ ZoneId = '' }) => hasEks(ZoneId) && (!wantsFargate || hasFargate(context.cloud.region, ZoneId)),
  )
  // The first in order, not three at random as eksctl takes them: the same file gives the same cluster.
  const names = fit.map((zone) => required(zone.ZoneName, 'a zone without a name')).toSorted()
  return chosenZones(context.config, names)
}
