// Owns the near-only preparation of a VPC around subnet ids that a ClusterConfig names.
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { contains, overlaps, parseCidr, formatCidr } from './cidr.ts'
import { insertAddress } from './elastic-ips.ts'
import { attachGateway, insertInternetGateway } from './internet-gateways.ts'
import { insertNatGateway } from './nat-gateways.ts'
import { insertAssociation, insertRoute, insertRouteTable } from './route-tables.ts'
import { insertSubnet } from './subnets.ts'
import type { Ec2State, SubnetRecord } from './state.ts'
import { insertVpc } from './vpcs.ts'
import { zonesOf } from './zones.ts'

export interface NetworkRequest {
  /** The subnets that must exist, under these very ids. */
  readonly subnets: readonly { readonly id: string; readonly zone: string; readonly public: boolean }[]
  /** The id of the VPC when the configuration names one. */
  readonly vpcId?: string
  /** `10.0.0.0/16` by default. */
  readonly cidr?: string
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
}

const OUR_NAME = { Name: 'neargate' }
const PRIVATE_TAG = { 'kubernetes.io/role/internal-elb': '1' }
const PUBLIC_TAG = { 'kubernetes.io/role/elb': '1' }

/**
 * Makes what the ids refer to, in one transaction: a VPC with DNS on, the subnets, a public one beside the private one
 * of each zone, an internet gateway, one NAT gateway and the routes, tagged for load balancers. What is there already
 * stays as it is.
 * @throws AwsError when a subnet is there in another zone or VPC, or the region has no such zone.
 */
export async function prepareNetwork(ec2: Ec2State, request: NetworkRequest): Promise<PreparedNetwork> {
  return await ec2.deps.store.transact((tx) => {
    checkRequest(ec2, request)
    const { vpcId, created } = ensureVpc(tx, ec2, request)
    prepare({ tx, ec2, vpcId, created }, request)
    return { vpcId, created }
  })
}

function prepare(work: Preparation, request: NetworkRequest): void {
  const given = request.subnets.map((wanted) => work.ec2.subnets.get(wanted.id) ?? addSubnet(work, wanted))
  const privates = given.filter((_, index) => !request.subnets[index]?.public)
  const publics = given.filter((_, index) => request.subnets[index]?.public)
  for (const { zone } of privates) {
    const beside = subnetsOf(work).find((each) => each.zone === zone && isPublic(each))
    const has = beside ?? publics.find((each) => each.zone === zone)
    publics.push(has ?? addSubnet(work, { zone, public: true }))
  }
  ensureRoutes(work, { name: 'public', subnets: publics, target: { GatewayId: ensureGateway(work) } })
  const [first] = publics
  if (privates.length === 0 || !first) return
  const NatGatewayId = ensureNat(work, first.id)
  ensureRoutes(work, { name: 'private', subnets: privates, target: { NatGatewayId } })
}

function checkRequest(ec2: Ec2State, { subnets, vpcId }: NetworkRequest): void {
  const zones = zonesOf(ec2.deps.region).map(({ name }) => name)
  for (const { id, zone } of subnets) {
    if (!zones.includes(zone)) {
      throw new AwsError('InvalidParameterValue', `Invalid availability zone: [${zone}]`)
    }
    const present = ec2.subnets.get(id)
    if (present && present.zone !== zone) {
      throw new AwsError('InvalidParameterValue', `Subnet ${id} is in ${present.zone}, not in ${zone}.`)
    }
    if (present && vpcId !== undefined && present.vpcId !== vpcId) {
      throw new AwsError('InvalidParameterValue', `Subnet ${id} is in ${present.vpcId}, not in ${vpcId}.`)
    }
  }
}

function ensureVpc(tx: Writer, ec2: Ec2State, request: NetworkRequest): { vpcId: string; created: string[] } {
  const known = request.subnets.flatMap(({ id }) => ec2.subnets.get(id)?.vpcId ?? [])
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
    cidr: request.cidr ?? '10.0.0.0/16',
    tags: OUR_NAME,
    dnsHostnames: true,
    ...(id === undefined ? {} : { id }),
  })
  return { vpcId: vpc.id, created: [vpc.id] }
}

interface SubnetWish {
  readonly zone: string
  readonly public: boolean
  readonly id?: string
}

function addSubnet(work: Preparation, wish: SubnetWish): SubnetRecord {
  const { tx, ec2, vpcId } = work
  const { zone, public: mapPublicIp } = wish
  const subnet = insertSubnet(tx, ec2, {
    vpcId,
    zone,
    cidr: nextCidr(work),
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

// Sixteen subnets fit into a VPC: /20 each in the usual /16, as the VPC wizard makes them.
function nextCidr(work: Preparation): string {
  const { ec2, vpcId } = work
  const vpc = parseCidr(ec2.vpcs.get(vpcId)?.cidr ?? '10.0.0.0/16')
  const prefixLength = Math.min(vpc.prefixLength + 4, 28)
  const size = 2 ** (32 - prefixLength)
  const taken = subnetsOf(work).map(({ cidr }) => parseCidr(cidr))
  for (let first = vpc.first; first < vpc.first + vpc.size; first += size) {
    const range = { first, prefixLength, size }
    if (contains(vpc, range) && !taken.some((other) => overlaps(other, range))) return formatCidr(range)
  }
  throw new AwsError('InvalidSubnet.Range', `There is no room for another subnet in ${vpcId}.`)
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
