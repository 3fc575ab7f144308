// Owns route tables, and what they make of a subnet.
import type {
  CreateRouteRequest,
  CreateRouteResult,
  CreateRouteTableRequest,
  CreateRouteTableResult,
  DeleteRouteRequest,
  DeleteRouteTableRequest,
  DescribeRouteTablesRequest,
  DescribeRouteTablesResult,
  ReplaceRouteRequest,
  RouteTable,
} from '@aws-sdk/client-ec2'

import { formatCidr6 } from '../../../base/cidr6.ts'
import { tableOf } from '../../../rules/vpc/way-out.ts'
import { operation } from '../../protocol/operation.ts'
import { LISTED, TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { paginate } from '../../protocol/paging.ts'
import { formatCidr, parseCidr } from './cidr.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { dependencyViolation, missingParameter } from './errors.ts'
import { endpointServices } from './endpoint-services.ts'
import { prefixListOf } from './prefix-lists.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { parseBlock6 } from './ipv6.ts'
import { cidrsOf } from './vpc-cidr-blocks.ts'
import { roomFor } from './quotas.ts'
import { need, type Ec2State, type RouteRecord, type RouteTableRecord } from './state.ts'

const FILTERS: FilterTable<RouteTableRecord> = {
  'association.main': ({ associations }) =>
    associations.map(({ subnetId }) => String(subnetId === undefined)),
  'association.route-table-association-id': ({ associations }) => associations.map(({ id }) => id),
  'association.route-table-id': ({ id, associations }) => (associations.length > 0 ? id : undefined),
  'association.subnet-id': ({ associations }) => associations.map(({ subnetId }) => subnetId),
  'route.destination-cidr-block': ({ routes }) =>
    routes.map(({ destination }) => (isIpv6(destination) ? undefined : destination)),
  'route.destination-ipv6-cidr-block': ({ routes }) =>
    routes.map(({ destination }) => (isIpv6(destination) ? destination : undefined)),
  'route.egress-only-internet-gateway-id': ({ routes }) =>
    routes.map(({ egressOnlyGatewayId }) => egressOnlyGatewayId),
  'route.gateway-id': ({ routes }) => routes.map(({ gatewayId }) => gatewayId),
  'route.nat-gateway-id': ({ routes }) => routes.map(({ natGatewayId }) => natGatewayId),
  'route-table-id': ({ id }) => id,
  'vpc-id': ({ vpcId }) => vpcId,
}

function describe(ec2: Ec2State, table: RouteTableRecord): RouteTable {
  const vpc = ec2.vpcs.get(table.vpcId)
  return {
    RouteTableId: table.id,
    VpcId: table.vpcId,
    OwnerId: ec2.deps.accountId,
    Associations: table.associations.map(({ id, subnetId }) => ({
      RouteTableAssociationId: id,
      RouteTableId: table.id,
      SubnetId: subnetId,
      Main: subnetId === undefined,
      AssociationState: { State: 'associated' },
    })),
    PropagatingVgws: [],
    Routes: [
      ...(vpc ? cidrsOf(vpc) : []).map(({ cidr }) => ({
        DestinationCidrBlock: cidr,
        GatewayId: 'local',
        Origin: 'CreateRouteTable' as const,
        State: 'active' as const,
      })),
      ...(vpc?.cidrs6 ?? []).map(({ cidr }) => ({
        DestinationIpv6CidrBlock: cidr,
        GatewayId: 'local',
        Origin: 'CreateRouteTable' as const,
        State: 'active' as const,
      })),
      ...table.routes.map((route) => ({
        ...destinationOf(route),
        GatewayId: route.gatewayId,
        NatGatewayId: route.natGatewayId,
        EgressOnlyInternetGatewayId: route.egressOnlyGatewayId,
        Origin: 'CreateRoute' as const,
        State: 'active' as const,
      })),
      ...endpointRoutes(ec2, table),
    ],
    Tags: tagList(table.tags),
  }
}

function isIpv6(destination: string): boolean {
  return destination.includes(':')
}

function destinationOf({ destination }: RouteRecord): {
  DestinationCidrBlock?: string
  DestinationIpv6CidrBlock?: string
} {
  return isIpv6(destination)
    ? { DestinationIpv6CidrBlock: destination }
    : { DestinationCidrBlock: destination }
}

// A gateway endpoint is a route to the addresses of its service.
function endpointRoutes(ec2: Ec2State, { id }: RouteTableRecord): RouteTable['Routes'] & object {
  const services = endpointServices(ec2.deps.region)
  return ec2.vpcEndpoints
    .list()
    .filter(({ routeTableIds }) => routeTableIds.includes(id))
    .flatMap((endpoint) =>
      services
        .filter(({ name, type }) => name === endpoint.serviceName && type === 'Gateway')
        .map((service) => ({
          DestinationPrefixListId: prefixListOf(service),
          GatewayId: endpoint.id,
          Origin: 'CreateRoute' as const,
          State: 'active' as const,
        })),
    )
}

/** True when traffic from the subnet has no direct way to an internet gateway: the rule Fargate applies. */
export function isPrivateSubnet(ec2: Ec2State, subnetId: string): boolean {
  const { vpcId } = need(ec2.subnets, 'subnet', subnetId)
  const table = tableOf(ec2.routeTables.list(), { id: subnetId, vpcId })
  return !table?.routes.some(({ gatewayId }) => gatewayId?.startsWith('igw-'))
}

/** Makes a route table without routes of its own. @throws AwsError InvalidVpcID.NotFound */
export function insertRouteTable(
  tx: Writer,
  ec2: Ec2State,
  wanted: Pick<RouteTableRecord, 'vpcId' | 'tags' | 'token'>,
): RouteTableRecord {
  need(ec2.vpcs, 'vpc', wanted.vpcId)
  const table: RouteTableRecord = { id: ec2.newId('route-table'), routes: [], associations: [], ...wanted }
  ec2.routeTables.putIn(tx, table.id, table)
  return table
}

/** CreateRouteTable. @throws AwsError InvalidVpcID.NotFound, IdempotentParameterMismatch */
export const createRouteTable = operation<Ec2State, CreateRouteTableRequest, CreateRouteTableResult>()({
  honours: ['VpcId', 'ClientToken', ...TAGGED],
  handle: async (input, ec2) => {
    const token = clientTokenOf(input)
    const room = await roomFor(ec2, 'routeTables')
    return await ec2.deps.store.transact((tx) => {
      const earlier = token && ec2.routeTables.find('token', token.value)
      const isAgain = earlier && isRepeated(token, earlier.token)
      const tags = tagsOfNew(input.TagSpecifications, 'route-table')
      const wanted = { vpcId: input.VpcId ?? '', tags, ...(token ? { token } : {}) }
      if (!isAgain) room(ec2.routeTables.list().filter(({ vpcId }) => vpcId === input.VpcId).length)
      const table = isAgain ? earlier : insertRouteTable(tx, ec2, wanted)
      return { RouteTable: describe(ec2, table), ClientToken: input.ClientToken }
    })
  },
})

export const describeRouteTables = operation<
  Ec2State,
  DescribeRouteTablesRequest,
  DescribeRouteTablesResult
>()({
  honours: ['RouteTableIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('route-table', ec2.routeTables.listByAge(), input.RouteTableIds)
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { RouteTables: items.map((table) => describe(ec2, table)), NextToken: token }
  },
})

export const deleteRouteTable = operation<Ec2State, DeleteRouteTableRequest, void>()({
  honours: ['RouteTableId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const table = need(ec2.routeTables, 'route-table', input.RouteTableId)
      if (table.associations.length > 0) throw dependencyViolation('routeTable', table.id)
      ec2.routeTables.deleteIn(tx, table.id)
    })
  },
})

const ROUTE = [
  'RouteTableId',
  'DestinationCidrBlock',
  'DestinationIpv6CidrBlock',
  'GatewayId',
  'NatGatewayId',
  'EgressOnlyInternetGatewayId',
] as const

function routeOf(ec2: Ec2State, input: CreateRouteRequest | ReplaceRouteRequest): RouteRecord {
  const destination = block4Of(input) ?? block6Of(input)
  if (destination === undefined) throw missingParameter('destinationCidrBlock')
  if (input.EgressOnlyInternetGatewayId !== undefined) {
    const type = 'egress-only-internet-gateway'
    const { id } = need(ec2.egressOnlyGateways, type, input.EgressOnlyInternetGatewayId)
    return { destination, egressOnlyGatewayId: id }
  }
  if (input.NatGatewayId !== undefined) {
    const { id } = need(ec2.natGateways, 'natgateway', input.NatGatewayId)
    return { destination, natGatewayId: id }
  }
  if (input.GatewayId !== undefined) {
    const { id } = need(ec2.internetGateways, 'internet-gateway', input.GatewayId)
    return { destination, gatewayId: id }
  }
  throw new AwsError(
    'NotImplemented',
    'Routes other than to internet and NAT gateways are not emulated by Neargate.',
  )
}

// Host bits are zeroed, as EC2 does with every block.
function block4Of({ DestinationCidrBlock: text }: { DestinationCidrBlock?: string | undefined }) {
  return text === undefined ? undefined : formatCidr(parseCidr(text, 'destinationCidrBlock'))
}

function block6Of({ DestinationIpv6CidrBlock: text }: { DestinationIpv6CidrBlock?: string | undefined }) {
  return text === undefined ? undefined : formatCidr6(parseBlock6(text))
}

/** Adds a route to a table. @throws AwsError RouteAlreadyExists and those of what the route names */
export function insertRoute(tx: Writer, ec2: Ec2State, input: CreateRouteRequest): void {
  const table = need(ec2.routeTables, 'route-table', input.RouteTableId)
  const route = routeOf(ec2, input)
  if (table.routes.some(({ destination }) => destination === route.destination)) {
    throw new AwsError('RouteAlreadyExists', `The route identified by ${route.destination} already exists.`)
  }
  ec2.routeTables.putIn(tx, table.id, { ...table, routes: [...table.routes, route] })
}

/** CreateRoute. @throws as `insertRoute` */
export const createRoute = operation<Ec2State, CreateRouteRequest, CreateRouteResult>()({
  honours: [...ROUTE],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => insertRoute(tx, ec2, input))
    return { Return: true }
  },
})

export const replaceRoute = operation<Ec2State, ReplaceRouteRequest, void>()({
  honours: [...ROUTE],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const table = need(ec2.routeTables, 'route-table', input.RouteTableId)
      const route = routeOf(ec2, input)
      const routes = [...withoutRoute(table, route.destination), route]
      ec2.routeTables.putIn(tx, table.id, { ...table, routes })
    })
  },
})

export const deleteRoute = operation<Ec2State, DeleteRouteRequest, void>()({
  honours: ['RouteTableId', 'DestinationCidrBlock', 'DestinationIpv6CidrBlock'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const table = need(ec2.routeTables, 'route-table', input.RouteTableId)
      const routes = withoutRoute(table, block4Of(input) ?? block6Of(input))
      ec2.routeTables.putIn(tx, table.id, { ...table, routes })
    })
  },
})

function withoutRoute(table: RouteTableRecord, destination: string | undefined): readonly RouteRecord[] {
  const rest = table.routes.filter((route) => route.destination !== destination)
  if (rest.length === table.routes.length) {
    throw new AwsError(
      'InvalidRoute.NotFound',
      `no route with destination-cidr-block ${destination} in route table ${table.id}`,
    )
  }
  return rest
}
