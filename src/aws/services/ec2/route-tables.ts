// Owns route tables, and what they make of a subnet.
import type {
  AssociateRouteTableRequest,
  AssociateRouteTableResult,
  CreateRouteRequest,
  CreateRouteResult,
  CreateRouteTableRequest,
  CreateRouteTableResult,
  DeleteRouteRequest,
  DeleteRouteTableRequest,
  DescribeRouteTablesRequest,
  DescribeRouteTablesResult,
  DisassociateRouteTableRequest,
  ReplaceRouteRequest,
  RouteTable,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { paginate } from '../../protocol/paging.ts'
import { dependencyViolation, missingParameter } from './errors.ts'
import { byIds, select, specifiedTags, tagList, type FilterTable } from './filters.ts'
import { need, type Ec2State, type RouteRecord, type RouteTableRecord } from './state.ts'

const FILTERS: FilterTable<RouteTableRecord> = {
  'association.main': ({ associations }) =>
    associations.map(({ subnetId }) => String(subnetId === undefined)),
  'association.route-table-association-id': ({ associations }) => associations.map(({ id }) => id),
  'association.route-table-id': ({ id, associations }) => (associations.length > 0 ? id : undefined),
  'association.subnet-id': ({ associations }) => associations.map(({ subnetId }) => subnetId),
  'route.destination-cidr-block': ({ routes }) => routes.map(({ destination }) => destination),
  'route.gateway-id': ({ routes }) => routes.map(({ gatewayId }) => gatewayId),
  'route.nat-gateway-id': ({ routes }) => routes.map(({ natGatewayId }) => natGatewayId),
  'route-table-id': ({ id }) => id,
  'vpc-id': ({ vpcId }) => vpcId,
}

function describe(ec2: Ec2State, table: RouteTableRecord): RouteTable {
  const local = ec2.vpcs.get(table.vpcId)?.cidr
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
      {
        DestinationCidrBlock: local,
        GatewayId: 'local',
        Origin: 'CreateRouteTable',
        State: 'active',
      },
      ...table.routes.map((route) => ({
        DestinationCidrBlock: route.destination,
        GatewayId: route.gatewayId,
        NatGatewayId: route.natGatewayId,
        Origin: 'CreateRoute' as const,
        State: 'active' as const,
      })),
    ],
    Tags: tagList(table.tags),
  }
}

/** True when traffic from the subnet has no direct way to an internet gateway: the rule Fargate applies. */
export function isPrivateSubnet(ec2: Ec2State, subnetId: string): boolean {
  const { vpcId } = need(ec2.subnets, 'subnet', subnetId)
  const tables = ec2.routeTables.list().filter((table) => table.vpcId === vpcId)
  const explicit = tables.find(({ associations }) => associations.some((each) => each.subnetId === subnetId))
  const table =
    explicit ?? tables.find(({ associations }) => associations.some((each) => each.subnetId === undefined))
  return !table?.routes.some(({ gatewayId }) => gatewayId?.startsWith('igw-'))
}

export async function createRouteTable(
  input: CreateRouteTableRequest,
  ec2: Ec2State,
): Promise<CreateRouteTableResult> {
  const { id: vpcId } = need(ec2.vpcs, 'vpc', input.VpcId)
  const tags = specifiedTags(input.TagSpecifications, 'route-table')
  const table: RouteTableRecord = { id: ec2.newId('route-table'), vpcId, routes: [], associations: [], tags }
  await ec2.routeTables.put(table.id, table)
  return { RouteTable: describe(ec2, table), ClientToken: input.ClientToken }
}

export function describeRouteTables(
  input: DescribeRouteTablesRequest,
  ec2: Ec2State,
): DescribeRouteTablesResult {
  const records = byIds('route-table', ec2.routeTables.list(), input.RouteTableIds)
  const found = select({ records, filters: input.Filters, table: FILTERS })
  const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
  return { RouteTables: items.map((table) => describe(ec2, table)), NextToken: token }
}

export async function deleteRouteTable(input: DeleteRouteTableRequest, ec2: Ec2State): Promise<void> {
  const table = need(ec2.routeTables, 'route-table', input.RouteTableId)
  if (table.associations.length > 0) throw dependencyViolation('routeTable', table.id)
  await ec2.routeTables.delete(table.id)
}

function routeOf(ec2: Ec2State, input: CreateRouteRequest | ReplaceRouteRequest): RouteRecord {
  const destination = input.DestinationCidrBlock
  if (destination === undefined) throw missingParameter('destinationCidrBlock')
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

export async function createRoute(input: CreateRouteRequest, ec2: Ec2State): Promise<CreateRouteResult> {
  const { id } = need(ec2.routeTables, 'route-table', input.RouteTableId)
  const route = routeOf(ec2, input)
  await ec2.routeTables.update(id, (table) => {
    if (table.routes.some(({ destination }) => destination === route.destination)) {
      throw new AwsError('RouteAlreadyExists', `The route identified by ${route.destination} already exists.`)
    }
    return { ...table, routes: [...table.routes, route] }
  })
  return { Return: true }
}

export async function replaceRoute(input: ReplaceRouteRequest, ec2: Ec2State): Promise<void> {
  const { id } = need(ec2.routeTables, 'route-table', input.RouteTableId)
  const route = routeOf(ec2, input)
  await ec2.routeTables.update(id, (table) => ({
    ...table,
    routes: [...withoutRoute(table, route.destination), route],
  }))
}

export async function deleteRoute(input: DeleteRouteRequest, ec2: Ec2State): Promise<void> {
  const { id } = need(ec2.routeTables, 'route-table', input.RouteTableId)
  await ec2.routeTables.update(id, (table) => ({
    ...table,
    routes: withoutRoute(table, input.DestinationCidrBlock),
  }))
}

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

export async function associateRouteTable(
  input: AssociateRouteTableRequest,
  ec2: Ec2State,
): Promise<AssociateRouteTableResult> {
  // A subnet has one association among all tables: no other may be made between the check and the write.
  return await ec2.allocation.run(async () => {
    const { id: tableId } = need(ec2.routeTables, 'route-table', input.RouteTableId)
    const { id: subnetId } = need(ec2.subnets, 'subnet', input.SubnetId)
    const all = ec2.routeTables.list()
    if (all.some(({ associations }) => associations.some((each) => each.subnetId === subnetId))) {
      throw new AwsError(
        'Resource.AlreadyAssociated',
        `the specified association for route table ${tableId} conflicts with an existing association`,
      )
    }
    const id = `rtbassoc-0${ec2.deps.ids.hex(16)}`
    await ec2.routeTables.update(tableId, (table) => ({
      ...table,
      associations: [...table.associations, { id, subnetId }],
    }))
    return { AssociationId: id, AssociationState: { State: 'associated' } }
  })
}

export async function disassociateRouteTable(
  input: DisassociateRouteTableRequest,
  ec2: Ec2State,
): Promise<void> {
  const id = input.AssociationId
  const found = ec2.routeTables.list().find(({ associations }) => associations.some((each) => each.id === id))
  if (!found) {
    throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`)
  }
  await ec2.routeTables.update(found.id, (table) => ({
    ...table,
    associations: table.associations.filter((each) => each.id !== id),
  }))
}
