// Owns VPC endpoints: of services by interfaces in subnets, of S3 and DynamoDB by routes. They are kept and shown; every
// client here reaches the region's one endpoint anyway.
import type {
  CreateVpcEndpointRequest,
  CreateVpcEndpointResult,
  DeleteVpcEndpointsRequest,
  DeleteVpcEndpointsResult,
  DescribeVpcEndpointsRequest,
  DescribeVpcEndpointsResult,
  VpcEndpoint,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { operation, type Declared } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { endpointServices, privateDnsOf, type EndpointService } from './endpoint-services.ts'
import { invalidParameterValue, notFound } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { LISTED, TAGGED } from './members.ts'
import { groupsOf, insertInterface } from './network-interfaces.ts'
import { need, type Ec2State, type VpcEndpointRecord, type VpcRecord } from './state.ts'

const HONOURED = [
  'VpcId',
  'VpcEndpointType',
  'ServiceName',
  'RouteTableIds',
  'SubnetIds',
  'SecurityGroupIds',
  'ClientToken',
  ...TAGGED,
] as const
const KEPT = ['PolicyDocument', 'PrivateDnsEnabled', 'DnsOptions.DnsRecordIpType'] as const

type Input = Declared<CreateVpcEndpointRequest, (typeof HONOURED | typeof KEPT)[number]>

const FULL_ACCESS = JSON.stringify({
  Version: '2008-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
})

const FILTERS: FilterTable<VpcEndpointRecord> = {
  'ip-address-type': () => 'ipv4',
  'service-name': ({ serviceName }) => serviceName,
  'service-region': ({ serviceName }) => serviceName.split('.')[2],
  'vpc-endpoint-id': ({ id }) => id,
  'vpc-endpoint-state': () => 'available',
  'vpc-endpoint-type': ({ type }) => type,
  'vpc-id': ({ vpcId }) => vpcId,
}

function serviceOf(ec2: Ec2State, { serviceName, type }: Pick<VpcEndpointRecord, 'serviceName' | 'type'>) {
  return endpointServices(ec2.deps.region).find((each) => each.name === serviceName && each.type === type)
}

function describe(ec2: Ec2State, endpoint: VpcEndpointRecord): VpcEndpoint {
  const isInterface = endpoint.type === 'Interface'
  return {
    VpcEndpointId: endpoint.id,
    VpcEndpointType: endpoint.type,
    VpcId: endpoint.vpcId,
    ServiceName: endpoint.serviceName,
    ServiceRegion: ec2.deps.region,
    State: 'available' as 'Available',
    PolicyDocument: endpoint.policy ?? FULL_ACCESS,
    RouteTableIds: [...endpoint.routeTableIds],
    SubnetIds: endpoint.interfaces.map(({ subnetId }) => subnetId),
    Groups: groupsOf(ec2, endpoint.groupIds),
    IpAddressType: 'ipv4',
    DnsOptions: { DnsRecordIpType: isInterface ? 'ipv4' : 'service-defined' },
    PrivateDnsEnabled: endpoint.privateDns,
    RequesterManaged: false,
    NetworkInterfaceIds: endpoint.interfaces.map(({ id }) => id),
    DnsEntries: isInterface ? dnsEntries(ec2, endpoint) : [],
    CreationTimestamp: new Date(endpoint.createdAtMs),
    OwnerId: ec2.deps.accountId,
    Tags: tagList(endpoint.tags),
  }
}

function dnsEntries(ec2: Ec2State, endpoint: VpcEndpointRecord): VpcEndpoint['DnsEntries'] {
  const { region } = ec2.deps
  const service = serviceOf(ec2, endpoint)
  if (!service) return []
  const first = `${endpoint.id}-${endpoint.dnsLabel}`
  const zones = endpoint.interfaces.map(({ subnetId }) => ec2.subnets.get(subnetId)?.zone ?? '')
  const own = [first, ...zones.map((zone) => `${first}-${zone}`)].map((label) => ({
    DnsName: `${label}.${service.short}.${region}.vpce.amazonaws.com`,
    HostedZoneId: 'Z00AABBCCDDEEFFGG',
  }))
  const privately = { DnsName: privateDnsOf(service, region), HostedZoneId: 'ZONEIDPENDING' }
  return endpoint.privateDns ? [...own, privately] : own
}

/** CreateVpcEndpoint. @throws AwsError InvalidServiceName, InvalidParameter, IdempotentParameterMismatch, those of what it names */
export const createVpcEndpoint = operation<Ec2State, CreateVpcEndpointRequest, CreateVpcEndpointResult>()({
  honours: HONOURED,
  keeps: KEPT,
  handle: async (input, ec2) => {
    const token = clientTokenOf(input)
    return await ec2.deps.store.transact((tx) => {
      const earlier = token && ec2.vpcEndpoints.find('token', token.value)
      const isAgain = earlier && isRepeated(token, earlier.token)
      const endpoint = isAgain ? earlier : insertEndpoint(tx, ec2, input)
      return { VpcEndpoint: describe(ec2, endpoint), ClientToken: input.ClientToken }
    })
  },
})

function insertEndpoint(tx: Writer, ec2: Ec2State, input: Input): VpcEndpointRecord {
  const { ServiceName: serviceName = '', VpcEndpointType: asked = 'Gateway' } = input
  const vpc = need(ec2.vpcs, 'vpc', input.VpcId)
  if (asked !== 'Gateway' && asked !== 'Interface') {
    throw new AwsError('NotImplemented', `A VPC endpoint of type ${asked} is not emulated by Neargate.`)
  }
  const service = serviceOf(ec2, { serviceName, type: asked })
  if (!service) {
    throw new AwsError('InvalidServiceName', `The Vpc Endpoint Service '${serviceName}' does not exist`)
  }
  const token = clientTokenOf(input)
  const draft: VpcEndpointRecord = {
    id: ec2.newId('vpc-endpoint'),
    vpcId: vpc.id,
    type: asked,
    serviceName,
    ...(input.PolicyDocument === undefined ? {} : { policy: input.PolicyDocument }),
    routeTableIds: [],
    interfaces: [],
    groupIds: [],
    privateDns: asked === 'Interface' && (input.PrivateDnsEnabled ?? true),
    dnsLabel: ec2.deps.ids.suffix(8),
    createdAtMs: ec2.deps.clock.now(),
    ...(token ? { token } : {}),
    tags: tagsOfNew(input.TagSpecifications, 'vpc-endpoint'),
  }
  const endpoint =
    asked === 'Gateway'
      ? { ...draft, routeTableIds: gatewayTables(ec2, { vpc, service, ids: input.RouteTableIds ?? [] }) }
      : withInterfaces(tx, ec2, { draft, input })
  ec2.vpcEndpoints.putIn(tx, endpoint.id, endpoint)
  return endpoint
}

function gatewayTables(
  ec2: Ec2State,
  { vpc, service, ids }: { vpc: VpcRecord; service: EndpointService; ids: readonly string[] },
): readonly string[] {
  for (const id of ids) {
    const table = need(ec2.routeTables, 'route-table', id)
    if (table.vpcId !== vpc.id) {
      throw invalidParameterValue(`Route table ${id} and network ${vpc.id} belong to different networks`)
    }
    const other = ec2.vpcEndpoints
      .list()
      .find((each) => each.serviceName === service.name && each.routeTableIds.includes(id))
    if (other) {
      throw new AwsError(
        'RouteAlreadyExists',
        `route table ${id} already has a route with destination-prefix-list-id of ${service.name}`,
      )
    }
  }
  return [...new Set(ids)]
}

function withInterfaces(
  tx: Writer,
  ec2: Ec2State,
  { draft, input }: { draft: VpcEndpointRecord; input: Input },
): VpcEndpointRecord {
  const fallback = ec2.groups.find('name', `${draft.vpcId}/default`)
  const given = input.SecurityGroupIds ?? []
  const groupIds = given.length > 0 ? given : fallback ? [fallback.id] : []
  const endpoint = { ...draft, groupIds }
  const interfaces = [...new Set(input.SubnetIds)].map((id) =>
    addInterface(tx, ec2, { endpoint, subnetId: id }),
  )
  return { ...endpoint, interfaces }
}

/** One more interface of an endpoint. @throws as `insertInterface` */
export function addInterface(
  tx: Writer,
  ec2: Ec2State,
  { endpoint, subnetId }: { endpoint: VpcEndpointRecord; subnetId: string },
): VpcEndpointRecord['interfaces'][number] {
  const { id } = insertInterface(tx, ec2, {
    subnetId,
    description: `VPC Endpoint Interface ${endpoint.id}`,
    groupIds: endpoint.groupIds,
    type: 'vpc_endpoint',
    requesterId: '727180483921',
    attachment: {
      id: `ela-attach-0${ec2.deps.ids.hex(16)}`,
      deviceIndex: 1,
      attachedAtMs: ec2.deps.clock.now(),
      deleteOnTermination: false,
      instanceOwnerId: 'amazon-aws',
    },
  })
  return { id, subnetId }
}

/** DescribeVpcEndpoints. @throws AwsError InvalidVpcEndpointId.NotFound */
export const describeVpcEndpoints = operation<
  Ec2State,
  DescribeVpcEndpointsRequest,
  DescribeVpcEndpointsResult
>()({
  honours: ['VpcEndpointIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('vpc-endpoint', ec2.vpcEndpoints.listByAge(), input.VpcEndpointIds)
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { VpcEndpoints: items.map((endpoint) => describe(ec2, endpoint)), NextToken: token }
  },
})

/** DeleteVpcEndpoints: with their interfaces; those that are not there are listed. */
export const deleteVpcEndpoints = operation<Ec2State, DeleteVpcEndpointsRequest, DeleteVpcEndpointsResult>()({
  honours: ['VpcEndpointIds'],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const missing: string[] = []
      for (const id of input.VpcEndpointIds ?? []) {
        const endpoint = ec2.vpcEndpoints.deleteIn(tx, id)
        if (!endpoint) missing.push(id)
        for (const eni of endpoint?.interfaces ?? []) ec2.interfaces.deleteIn(tx, eni.id)
      }
      return {
        Unsuccessful: missing.map((ResourceId) => {
          const { code: Code, message: Message } = notFound('vpc-endpoint', ResourceId)
          return { ResourceId, Error: { Code, Message } }
        }),
      }
    })
  },
})
