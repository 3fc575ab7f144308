// Owns the import of a network that is there already: the subnets of the file, found by id, block or zone.
// Source: eksctl pkg/vpc/vpc.go (ImportSubnetsFromSpec), pkg/apis/eksctl.io/v1alpha5/vpc.go (ImportSubnet).
import type { DescribeSubnetsRequest, Subnet, Vpc } from '@aws-sdk/client-ec2'

import type { ClusterConfig, SubnetSpec } from '../config/cluster-config.ts'
import { UserError } from '../base/errors.ts'
import { required } from './cloud.ts'
import type { DeployContext } from './context.ts'
import { zoneOf } from './subnets.ts'

type Subnets = Readonly<Record<string, SubnetSpec>>

/**
 * The config with id, zone and block of every subnet that it names, and the VPC that they are in; the same one where it
 * names none.
 * @throws UserError when a subnet is not there or is another one than the file says, and when they are in several VPCs
 */
export async function importSubnets(context: DeployContext): Promise<ClusterConfig> {
  const { config } = context
  const { vpc } = config
  const given = vpc?.subnets
  if (!given || Object.keys({ ...given.private, ...given.public }).length === 0) return config
  const imported = {
    private: await importAll(context, given.private ?? {}),
    public: await importAll(context, given.public ?? {}),
  }
  const found = [...Object.values(imported.private), ...Object.values(imported.public)]
  const id = oneVpc(found.map(({ subnet }) => required(subnet.VpcId, 'a subnet without a VPC')))
  await checkVpc(context, id)
  return {
    ...config,
    vpc: { ...vpc, id, subnets: { private: specsOf(imported.private), public: specsOf(imported.public) } },
  }
}

type Found = Readonly<Record<string, { readonly subnet: Subnet }>>

function specsOf(found: Found): Subnets {
  return Object.fromEntries(
    Object.entries(found).map(([name, { subnet }]) => [
      name,
      {
        id: required(subnet.SubnetId, 'a subnet without an id'),
        az: required(subnet.AvailabilityZone, 'a subnet without a zone'),
        cidr: required(subnet.CidrBlock, 'a subnet without a block'),
      },
    ]),
  )
}

async function importAll(context: DeployContext, subnets: Subnets): Promise<Found> {
  const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2')
  const client = await context.cloud.ec2()
  const ids = Object.values(subnets).flatMap(({ id }) => id ?? [])
  const describe = async (input: DescribeSubnetsRequest): Promise<readonly Subnet[]> =>
    (await client.send(new DescribeSubnetsCommand(input))).Subnets ?? []
  const byId = ids.length > 0 ? await describe({ SubnetIds: ids }) : []
  const vpcId = context.config.vpc?.id ?? ''
  const needsVpc = ids.length < Object.keys(subnets).length
  const inVpc = needsVpc ? await describe({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }) : []
  const taken = new Set(ids)
  const found: Record<string, { subnet: Subnet }> = {}
  for (const [name, spec] of Object.entries(subnets)) {
    const candidates = spec.id === undefined ? inVpc : byId
    const subnet = pick({ name, spec, candidates, taken, vpcId })
    taken.add(subnet.SubnetId ?? '')
    found[name] = { subnet }
  }
  return found
}

interface Search {
  readonly name: string
  readonly spec: SubnetSpec
  readonly candidates: readonly Subnet[]
  /** Ids that other names mean. */
  readonly taken: ReadonlySet<string>
  readonly vpcId: string
}

function pick({ name, spec, candidates, taken, vpcId }: Search): Subnet {
  const zone = zoneOf(name, spec)
  if (spec.id !== undefined) {
    const subnet = candidates.find(({ SubnetId }) => SubnetId === spec.id)
    if (!subnet) throw new UserError(`the subnet ${spec.id} of vpc.subnets is not there`)
    checkSame(subnet, spec, zone)
    return subnet
  }
  const fitting = candidates.filter(
    (subnet) =>
      !taken.has(subnet.SubnetId ?? '') &&
      (spec.cidr === undefined || subnet.CidrBlock === spec.cidr) &&
      (zone === undefined || subnet.AvailabilityZone === zone),
  )
  const [subnet] = fitting
  const what = [...(spec.cidr === undefined ? [] : [spec.cidr]), ...(zone === undefined ? [] : [zone])].join(
    ' in ',
  )
  if (!subnet) throw new UserError(`${vpcId} has no subnet ${what} for "${name}" of vpc.subnets`)
  if (fitting.length > 1) {
    const ids = fitting.map(({ SubnetId }) => SubnetId).join(', ')
    throw new UserError(`several subnets of ${vpcId} are "${name}" of vpc.subnets, ${what}: ${ids}`, {
      help: 'Name the one that is meant by its id or cidr.',
    })
  }
  return subnet
}

function checkSame(subnet: Subnet, spec: SubnetSpec, zone: string | undefined): void {
  const { SubnetId: id, CidrBlock: cidr, AvailabilityZone: az } = subnet
  if (spec.cidr !== undefined && spec.cidr !== cidr)
    throw new UserError(`the subnet ${id} has the CIDR ${cidr}, not ${spec.cidr} as the file says`)
  if (zone !== undefined && zone !== az)
    throw new UserError(`the subnet ${id} is in ${az}, not in ${zone} as the file says`)
}

function oneVpc(ids: readonly string[]): string {
  const vpcs = new Set(ids)
  const [vpc] = vpcs
  if (vpc !== undefined && vpcs.size === 1) return vpc
  throw new UserError(`the subnets of the file lie in ${vpcs.size} VPCs (${[...vpcs].join(', ')})`, {
    help: 'A cluster needs all its subnets in one VPC: correct vpc.subnets.',
  })
}

async function checkVpc({ cloud, config: { vpc } }: DeployContext, id: string): Promise<void> {
  if (vpc?.id !== undefined && vpc.id !== id)
    throw new UserError(`the subnets of the file lie in ${id}, not in ${vpc.id} as vpc.id says`)
  if (vpc?.cidr === undefined) return
  const { DescribeVpcsCommand } = await import('@aws-sdk/client-ec2')
  const client = await cloud.ec2()
  const { Vpcs = [] } = await client.send(new DescribeVpcsCommand({ VpcIds: [id] }))
  const blocks = Vpcs.flatMap(blocksOf)
  if (blocks.includes(vpc.cidr)) return
  throw new UserError(`VPC CIDR block "${vpc.cidr}" not found in ${id} (${blocks.join(', ')})`)
}

function blocksOf({ CidrBlock, CidrBlockAssociationSet = [] }: Vpc): readonly string[] {
  return [CidrBlock, ...CidrBlockAssociationSet.map((each) => each.CidrBlock)].filter(
    (block) => block !== undefined,
  )
}
