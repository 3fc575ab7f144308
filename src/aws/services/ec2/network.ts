// Owns the near-only preparation of a VPC around subnet ids that a ClusterConfig names.
import { AwsError } from '../../../base/errors.ts'
import { contains, overlaps, parseCidr, formatCidr } from './cidr.ts'
import {
  allocateAddress,
  attachInternetGateway,
  createInternetGateway,
  createNatGateway,
} from './gateways.ts'
import { associateRouteTable, createRoute, createRouteTable } from './route-tables.ts'
import { insertSubnet } from './subnets.ts'
import type { Ec2State, SubnetRecord, Tags } from './state.ts'
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

const PRIVATE_TAG = { 'kubernetes.io/role/internal-elb': '1' }
const PUBLIC_TAG = { 'kubernetes.io/role/elb': '1' }

/**
 * Makes what the ids refer to: a VPC with DNS on, the subnets, a public one beside the private one of each zone, an
 * internet gateway, one NAT gateway and the routes, tagged for load balancers. What is there already stays as it is.
 * @throws AwsError when a subnet is there in another zone or VPC, or the region has no such zone.
 */
export async function prepareNetwork(ec2: Ec2State, request: NetworkRequest): Promise<PreparedNetwork> {
  return await ec2.preparation.run(() => prepare(ec2, request))
}

async function prepare(ec2: Ec2State, request: NetworkRequest): Promise<PreparedNetwork> {
  checkRequest(ec2, request)
  const created: string[] = []
  const vpcId = await ensureVpc(ec2, request, created)
  const given = await ensureGiven(ec2, { request, vpcId, created })
  const privates = given.filter((_, index) => !request.subnets[index]?.public)
  const publics = given.filter((_, index) => request.subnets[index]?.public)
  for (const { zone } of privates) {
    const beside = subnetsOf(ec2, vpcId).find((each) => each.zone === zone && isPublic(each))
    const has = beside ?? publics.find((each) => each.zone === zone)
    if (has) publics.push(has)
    else publics.push(await addSubnet(ec2, { vpcId, zone, isPublic: true, created }))
  }
  const gatewayId = await ensureGateway(ec2, vpcId, created)
  await ensureRoutes(ec2, {
    vpcId,
    name: 'public',
    subnets: publics,
    target: { GatewayId: gatewayId },
    created,
  })
  const [first] = publics
  if (privates.length > 0 && first) {
    const natId = await ensureNat(ec2, { vpcId, subnetId: first.id, created })
    await ensureRoutes(ec2, {
      vpcId,
      name: 'private',
      subnets: privates,
      target: { NatGatewayId: natId },
      created,
    })
  }
  return { vpcId, created }
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

async function ensureVpc(ec2: Ec2State, request: NetworkRequest, created: string[]): Promise<string> {
  const known = request.subnets.flatMap(({ id }) => ec2.subnets.get(id)?.vpcId ?? [])
  const vpcIds = new Set(known)
  if (vpcIds.size > 1) {
    throw new AwsError(
      'InvalidParameterValue',
      `The subnets are in different VPCs: ${[...vpcIds].join(', ')}.`,
    )
  }
  // A preparation that was cut short may have left a VPC that has no subnets yet.
  const left = ec2.vpcs.list().filter((vpc) => isOurs(vpc) && subnetsOf(ec2, vpc.id).length === 0)
  const wish = request.vpcId === undefined ? left.map((vpc) => vpc.id) : [request.vpcId]
  const [id] = [...known, ...wish]
  if (id !== undefined && ec2.vpcs.has(id)) return id
  const vpc = await insertVpc(ec2, {
    cidr: request.cidr ?? '10.0.0.0/16',
    tags: { Name: 'neargate' },
    dnsHostnames: true,
    ...(id === undefined ? {} : { id }),
  })
  created.push(vpc.id)
  return vpc.id
}

async function ensureGiven(
  ec2: Ec2State,
  { request, vpcId, created }: { request: NetworkRequest; vpcId: string; created: string[] },
): Promise<SubnetRecord[]> {
  const given: SubnetRecord[] = []
  for (const { id, zone, public: isPublicOne } of request.subnets) {
    const present = ec2.subnets.get(id)
    given.push(present ?? (await addSubnet(ec2, { vpcId, zone, isPublic: isPublicOne, id, created })))
  }
  return given
}

interface SubnetWish {
  readonly vpcId: string
  readonly zone: string
  readonly isPublic: boolean
  readonly id?: string
  readonly created: string[]
}

async function addSubnet(ec2: Ec2State, wish: SubnetWish): Promise<SubnetRecord> {
  const { vpcId, zone, isPublic: mapPublicIp } = wish
  const subnet = await insertSubnet(ec2, {
    vpcId,
    zone,
    cidr: nextCidr(ec2, vpcId),
    mapPublicIp,
    tags: {
      Name: `neargate-${mapPublicIp ? 'public' : 'private'}-${zone}`,
      ...(mapPublicIp ? PUBLIC_TAG : PRIVATE_TAG),
    },
    ...(wish.id === undefined ? {} : { id: wish.id }),
  })
  wish.created.push(subnet.id)
  return subnet
}

// Sixteen subnets fit into a VPC: /20 each in the usual /16, as the VPC wizard makes them.
function nextCidr(ec2: Ec2State, vpcId: string): string {
  const vpc = parseCidr(ec2.vpcs.get(vpcId)?.cidr ?? '10.0.0.0/16')
  const prefixLength = Math.min(vpc.prefixLength + 4, 28)
  const size = 2 ** (32 - prefixLength)
  const taken = subnetsOf(ec2, vpcId).map(({ cidr }) => parseCidr(cidr))
  for (let first = vpc.first; first < vpc.first + vpc.size; first += size) {
    const range = { first, prefixLength, size }
    if (contains(vpc, range) && !taken.some((other) => overlaps(other, range))) return formatCidr(range)
  }
  throw new AwsError('InvalidSubnet.Range', `There is no room for another subnet in ${vpcId}.`)
}

function subnetsOf(ec2: Ec2State, vpcId: string): SubnetRecord[] {
  return ec2.subnets.list().filter((subnet) => subnet.vpcId === vpcId)
}

function isPublic({ tags }: SubnetRecord): boolean {
  return tags['kubernetes.io/role/elb'] !== undefined
}

async function ensureGateway(ec2: Ec2State, vpcId: string, created: string[]): Promise<string> {
  const present = ec2.internetGateways.list().find((gateway) => gateway.vpcId === vpcId)
  if (present) return present.id
  const spare = ec2.internetGateways.list().find((gateway) => isOurs(gateway) && gateway.vpcId === undefined)
  const id = spare?.id ?? (await createOurGateway(ec2))
  await attachInternetGateway({ InternetGatewayId: id, VpcId: vpcId }, ec2)
  created.push(id)
  return id
}

async function ensureNat(
  ec2: Ec2State,
  { vpcId, subnetId, created }: { vpcId: string; subnetId: string; created: string[] },
): Promise<string> {
  const present = ec2.natGateways.list().find((nat) => nat.vpcId === vpcId && nat.state === 'available')
  if (present) return present.id
  const spare = ec2.addresses.list().find((address) => isOurs(address) && address.associationId === undefined)
  const AllocationId = spare?.id ?? (await allocateOurs(ec2))
  const input = { SubnetId: subnetId, AllocationId, TagSpecifications: named('natgateway') }
  const { NatGateway } = await createNatGateway(input, ec2)
  const id = NatGateway?.NatGatewayId ?? ''
  created.push(AllocationId, id)
  return id
}

async function createOurGateway(ec2: Ec2State): Promise<string> {
  const { InternetGateway } = await createInternetGateway(
    { TagSpecifications: named('internet-gateway') },
    ec2,
  )
  return InternetGateway?.InternetGatewayId ?? ''
}

async function allocateOurs(ec2: Ec2State): Promise<string> {
  const { AllocationId = '' } = await allocateAddress({ TagSpecifications: named('elastic-ip') }, ec2)
  return AllocationId
}

function isOurs({ tags }: { readonly tags: Tags }): boolean {
  return tags['Name'] === 'neargate'
}

interface RouteWish {
  readonly vpcId: string
  readonly name: string
  readonly subnets: readonly SubnetRecord[]
  readonly target: { readonly GatewayId: string } | { readonly NatGatewayId: string }
  readonly created: string[]
}

async function ensureRoutes(ec2: Ec2State, wish: RouteWish): Promise<void> {
  const associated = new Set(
    ec2.routeTables.list().flatMap(({ associations }) => associations.map(({ subnetId }) => subnetId)),
  )
  const loose = new Map(wish.subnets.map(({ id }) => [id, id]))
  for (const id of associated) if (id !== undefined) loose.delete(id)
  if (loose.size === 0) return
  const name = `neargate-${wish.name}`
  const present = ec2.routeTables
    .list()
    .find(({ vpcId, tags }) => vpcId === wish.vpcId && tags['Name'] === name)
  let id = present?.id
  if (id === undefined) {
    const specification = [{ ResourceType: 'route-table' as const, Tags: [{ Key: 'Name', Value: name }] }]
    const { RouteTable } = await createRouteTable(
      { VpcId: wish.vpcId, TagSpecifications: specification },
      ec2,
    )
    id = RouteTable?.RouteTableId ?? ''
    wish.created.push(id)
  }
  if (!ec2.routeTables.get(id)?.routes.length) {
    await createRoute({ RouteTableId: id, DestinationCidrBlock: '0.0.0.0/0', ...wish.target }, ec2)
  }
  for (const SubnetId of loose.keys()) await associateRouteTable({ RouteTableId: id, SubnetId }, ec2)
}

function named<T extends 'internet-gateway' | 'elastic-ip' | 'natgateway'>(type: T) {
  return [{ ResourceType: type, Tags: [{ Key: 'Name', Value: 'neargate' }] }]
}
