// Owns the question which network a cluster goes into: the subnets the file names, or a VPC of its own.
import { UserError } from '../base/errors.ts'
import { required } from './cloud.ts'
import type { DeployContext } from './context.ts'
import type { ClusterNetwork } from './templates/cluster.ts'
import { subnetsOf } from './subnets.ts'
import { dedicatedNetwork, existingNetwork } from './templates/network.ts'

const DEDICATED_ZONES = 3

/**
 * Finds the network of the cluster stack.
 * @throws UserError when the subnets of the file are not there or lie in several VPCs.
 */
export async function resolveNetwork(context: DeployContext): Promise<ClusterNetwork> {
  const given = subnetsOf(context.config)
  const ids = {
    private: given.private.map((subnet) => subnet.id),
    public: given.public.map((subnet) => subnet.id),
  }
  if (ids.private.length + ids.public.length === 0)
    return dedicatedNetwork(context.config, await zonesFor(context))
  return existingNetwork(await vpcOf(context, [...ids.private, ...ids.public]), ids)
}

async function vpcOf(context: DeployContext, subnetIds: readonly string[]): Promise<string> {
  const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2')
  const client = await context.cloud.ec2()
  const { Subnets = [] } = await client.send(new DescribeSubnetsCommand({ SubnetIds: [...subnetIds] }))
  const vpcs = new Set(Subnets.map((subnet) => required(subnet.VpcId, 'a subnet without a VPC')))
  const [vpc] = vpcs
  if (vpc === undefined || vpcs.size > 1) {
    throw new UserError(`the subnets of the file lie in ${vpcs.size} VPCs (${[...vpcs].join(', ')})`, {
      help: 'A cluster needs all its subnets in one VPC: correct vpc.subnets.',
    })
  }
  return vpc
}

async function zonesFor(context: DeployContext): Promise<readonly string[]> {
  if (context.config.availabilityZones?.length) return context.config.availabilityZones
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
  // The first in order, not three at random as eksctl takes them: the same file gives the same cluster.
  const names = AvailabilityZones.map((zone) => required(zone.ZoneName, 'a zone without a name')).toSorted()
  return names.slice(0, DEDICATED_ZONES)
}
