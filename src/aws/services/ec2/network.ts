// Owns the near-only preparation of a VPC around subnet ids that a ClusterConfig names.
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { contains, overlaps, parseCidr, formatCidr } from './cidr.ts'
import { insertAddress } from './elastic-ips.ts'
import { attachGateway, insertInternetGateway } from './internet-gateways.ts'
import { insertNatGateway } from './nat-gateways.ts'
import { insertAssociation } from './route-table-associations.ts'
import { insertRoute, insertRouteTable } from './route-tables.ts'
import { insertGroup, insertRule } from './security-groups.ts'
import { insertSubnet } from './subnets.ts'
import type { Ec2State, SubnetRecord } from './state.ts'
import { insertVpc } from './vpcs.ts'
import { zonesOf } from './zones.ts'

/** A subnet that must exist: under its very id where it has one, else found by its block, else by its zone. */
interface SubnetWish {
  readonly id?: string
  /** Any zone that has few of them where absent. */
  readonly zone?: string
  /** The next free one where absent. */
  readonly cidr?: string
  readonly public: boolean
}

export interface NetworkRequest {
  readonly subnets: readonly SubnetWish[]
  /** The id of the VPC when the configuration names one. */
  readonly vpcId?: string
  /** By default what the blocks of the subnets are in, or `10.0.0.0/16`. */
  readonly cidr?: string
  /** Security groups that must exist, under these very ids. */
  readonly securityGroups?: readonly string[]
}

export interface PreparedNetwork {
  readonly vpcId: string
  /** Ids made now; empty when everything was there. */
  readonly created: readonly string[]
}

/** A preparation that is going on: what it writes to, what it has made so far. */
interface Preparation {
  readonly tx: Writer
  readonly ec2: Ec2State
  readonly vpcId: string
  readonly created: string[]
  /** Blocks that subnets of the request are to have, and no other may take. */
  readonly reserved: readonly string[]
}

const OUR_NAME = { Name: 'neargate' }
const PRIVATE_TAG = { 'kubernetes.io/role/internal-elb': '1' }
const VPC_PREFIX = 16
const PUBLIC_TAG = { 'kubernetes.io/role/elb': '1' }

/**
 * Makes what the configuration refers to, in one transaction: a VPC with DNS on, the subnets, a public one beside the
 * private one of each zone, an internet gateway, one NAT gateway and the routes, tagged for load balancers, and security
 * groups whose members may talk to each other. What is there already stays as it is.
 * @throws AwsError when a subnet is there in another zone or VPC or with another block, or the region has no such zone.
 */
export async function prepareNetwork(ec2: Ec2State, request: NetworkRequest): Promise<PreparedNetwork> {
  return await ec2.deps.store.transact((tx) => {
    checkRequest(ec2, request)
    const { vpcId, created } = ensureVpc(tx, ec2, request)
    const reserved = request.subnets.flatMap(({ cidr }) => cidr ?? [])
    const work = { tx, ec2, vpcId, created, reserved }
    prepare(work, request)
    for (const id of request.securityGroups ?? []) ensureGroup(work, id)
    return { vpcId, created }
  })
}

function prepare(work: Preparation, request: NetworkRequest): void {
  const given: SubnetRecord[] = []
  for (const wish of request.subnets) given.push(present(work, wish, given) ?? addSubnet(work, wish, given))
  const privates = given.filter((_, index) => !request.subnets[index]?.public)
  const publics = given.filter((_, index) => request.subnets[index]?.public)
  for (const { zone } of privates) {
    const beside = subnetsOf(work).find((each) => each.zone === zone && isPublic(each))
    const has = beside ?? publics.find((each) => each.zone === zone)
    publics.push(has ?? addSubnet(work, { zone, public: true }, []))
  }
  ensureRoutes(work, { name: 'public', subnets: publics, target: { GatewayId: ensureGateway(work) } })
  const [first] = publics
  if (privates.length === 0 || !first) return
  const NatGatewayId = ensureNat(work, first.id)
  ensureRoutes(work, { name: 'private', subnets: privates, target: { NatGatewayId } })
}

// Two wishes are two subnets: `given` are those that others mean.
function present(
  work: Preparation,
  wish: SubnetWish,
  given: readonly SubnetRecord[],
): SubnetRecord | undefined {
  if (wish.id !== undefined) return work.ec2.subnets.get(wish.id)
  const free = subnetsOf(work).filter(
    (subnet) => !given.includes(subnet) && (wish.zone === undefined || subnet.zone === wish.zone),
  )
  return wish.cidr === undefined
    ? free.find((subnet) => isPublic(subnet) === wish.public)
    : free.find(({ cidr }) => cidr === wish.cidr)
}

function checkRequest(ec2: Ec2State, { subnets, vpcId }: NetworkRequest): void {
  const zones = zonesOf(ec2.deps.region).map(({ name }) => name)
  for (const { id, zone, cidr } of subnets) {
    if (zone !== undefined && !zones.includes(zone)) {
      throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${zone}]`)
    }
    const known = id === undefined ? undefined : ec2.subnets.get(id)
    if (!known) continue
    if (zone !== undefined && known.zone !== zone) {
      throw new AwsError('InvalidParameterValue', `Subnet ${id} is in ${known.zone}, not in ${zone}.`)
    }
    if (cidr !== undefined && known.cidr !== cidr) {
      throw new AwsError('InvalidParameterValue', `Subnet ${id} has the block ${known.cidr}, not ${cidr}.`)
    }
    if (vpcId !== undefined && known.vpcId !== vpcId) {
      throw new AwsError('InvalidParameterValue', `Subnet ${id} is in ${known.vpcId}, not in ${vpcId}.`)
    }
  }
}

function ensureVpc(tx: Writer, ec2: Ec2State, request: NetworkRequest): { vpcId: string; created: string[] } {
  const known = request.subnets.flatMap(({ id = '' }) => ec2.subnets.get(id)?.vpcId ?? [])
  const vpcIds = new Set(known)
  if (vpcIds.size > 1) {
    throw new AwsError(
      'InvalidParameterValue',
      `The subnets are in different VPCs: ${[...vpcIds].join(', ')}.`,
    )
  }
  const id = known[0] ?? request.vpcId
  if (id !== undefined && ec2.vpcs.has(id)) return { vpcId: id, created: [] }
  const vpc = insertVpc(tx, ec2, {
    cidr: request.cidr ?? blockAround(request.subnets) ?? '10.0.0.0/16',
    tags: OUR_NAME,
    dnsHostnames: true,
    ...(id === undefined ? {} : { id }),
  })
  return { vpcId: vpc.id, created: [vpc.id] }
}

// A VPC has at most a /16: that of the first subnet with a block.
function blockAround(subnets: readonly SubnetWish[]): string | undefined {
  const [cidr] = subnets.flatMap((subnet) => subnet.cidr ?? [])
  return cidr && formatCidr(parseCidr(`${cidr.split('/')[0]}/${VPC_PREFIX}`))
}

function addSubnet(work: Preparation, wish: SubnetWish, given: readonly SubnetRecord[]): SubnetRecord {
  const { tx, ec2, vpcId } = work
  const { public: mapPublicIp } = wish
  const zone = wish.zone ?? emptiestZone(work, mapPublicIp, given)
  const subnet = insertSubnet(tx, ec2, {
    vpcId,
    zone,
    cidr: wish.cidr ?? nextCidr(work),
    mapPublicIp,
    tags: {
      Name: `neargate-${mapPublicIp ? 'public' : 'private'}-${zone}`,
      ...(mapPublicIp ? PUBLIC_TAG : PRIVATE_TAG),
    },
    ...(wish.id === undefined ? {} : { id: wish.id }),
  })
  work.created.push(subnet.id)
  return subnet
}

// A control plane wants two zones: subnets without one are spread.
function emptiestZone({ ec2 }: Preparation, isForPublic: boolean, given: readonly SubnetRecord[]): string {
  const zones = zonesOf(ec2.deps.region).map(({ name }) => name)
  const count = (zone: string): number =>
    given.filter((subnet) => subnet.zone === zone && isPublic(subnet) === isForPublic).length
  const [first = ''] = zones.toSorted((a, b) => count(a) - count(b))
  return first
}

// Sixteen subnets fit into a VPC: /20 each in the usual /16, as the VPC wizard makes them.
function nextCidr(work: Preparation): string {
  const { ec2, vpcId } = work
  const vpc = parseCidr(ec2.vpcs.get(vpcId)?.cidr ?? '10.0.0.0/16')
  const prefixLength = Math.min(vpc.prefixLength + 4, 28)
  const size = 2 ** (32 - prefixLength)
  const taken = [...subnetsOf(work).map(({ cidr }) => cidr), ...work.reserved].map((text) => parseCidr(text))
  for (let first = vpc.first; first < vpc.first + vpc.size; first += size) {
    const range = { first, prefixLength, size }
    if (contains(vpc, range) && !taken.some((other) => overlaps(other, range))) return formatCidr(range)
  }
  throw new AwsError('InvalidSubnet.Range', `There is no room for another subnet in ${vpcId}.`)
}

function ensureGroup({ tx, ec2, vpcId, created }: Preparation, id: string): void {
  if (ec2.groups.has(id)) return
  insertGroup(tx, ec2, { id, name: id, description: 'made by neargate', vpcId, tags: OUR_NAME })
  insertRule(tx, ec2, { groupId: id, egress: false, protocol: '-1', sourceGroupId: id, tags: {} })
  created.push(id)
}

function subnetsOf({ ec2, vpcId }: Preparation): SubnetRecord[] {
  return ec2.subnets.list().filter((subnet) => subnet.vpcId === vpcId)
}

function isPublic({ tags }: SubnetRecord): boolean {
  return tags['kubernetes.io/role/elb'] !== undefined
}

function ensureGateway({ tx, ec2, vpcId, created }: Preparation): string {
  const present = ec2.internetGateways.find('vpc', vpcId)
  if (present) return present.id
  const { id } = insertInternetGateway(tx, ec2, OUR_NAME)
  attachGateway(tx, ec2, { id, vpcId })
  created.push(id)
  return id
}

function ensureNat({ tx, ec2, vpcId, created }: Preparation, subnetId: string): string {
  const present = ec2.natGateways.list().find((nat) => nat.vpcId === vpcId && nat.state === 'available')
  if (present) return present.id
  const { id: allocationId } = insertAddress(tx, ec2, OUR_NAME)
  const nat = { subnetId, allocationId, connectivity: 'public' as const, tags: OUR_NAME }
  const { id } = insertNatGateway(tx, ec2, nat)
  created.push(allocationId, id)
  return id
}

interface RouteWish {
  readonly name: string
  readonly subnets: readonly SubnetRecord[]
  readonly target: { readonly GatewayId: string } | { readonly NatGatewayId: string }
}

function ensureRoutes({ tx, ec2, vpcId, created }: Preparation, wish: RouteWish): void {
  const tables = ec2.routeTables.list()
  const associated = new Set(
    tables.flatMap(({ associations }) => associations.map(({ subnetId }) => subnetId)),
  )
  const loose = new Set(wish.subnets.map(({ id }) => id).filter((id) => !associated.has(id)))
  if (loose.size === 0) return
  const tags = { Name: `neargate-${wish.name}` }
  const present = tables.find((table) => table.vpcId === vpcId && table.tags['Name'] === tags.Name)
  const { id: tableId, routes } = present ?? insertRouteTable(tx, ec2, { vpcId, tags })
  if (!present) created.push(tableId)
  if (routes.length === 0) {
    insertRoute(tx, ec2, { RouteTableId: tableId, DestinationCidrBlock: '0.0.0.0/0', ...wish.target })
  }
  for (const subnetId of loose) insertAssociation(tx, ec2, { tableId, subnetId })
}
