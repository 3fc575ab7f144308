import type {
  CreateVpcEndpointResult,
  DescribeNetworkInterfacesResult,
  DescribeRouteTablesResult,
  DescribeVpcEndpointServicesResult,
  DescribeVpcEndpointsResult,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

const S3 = 'com.amazonaws.ap-southeast-1.s3'
const ECR = 'com.amazonaws.ap-southeast-1.ecr.api'

async function place() {
  const region = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  const subnets = ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb']
  const zones = ['ap-southeast-1a', 'ap-southeast-1b']
  const { vpcId } = await region.ec2.prepareNetwork({
    subnets: subnets.map((id, index) => ({ id, zone: zones[index] ?? '', public: false })),
  })
  const tables = await call<DescribeRouteTablesResult>('DescribeRouteTables', {
    Filters: [{ Name: 'association.subnet-id', Values: subnets }],
  })
  return { call, vpcId, subnets, tableId: tables.RouteTables?.[0]?.RouteTableId ?? '' }
}

test('a gateway is a route to the addresses of its service', async () => {
  const { call, vpcId, tableId } = await place()
  const { VpcEndpoint } = await call<CreateVpcEndpointResult>('CreateVpcEndpoint', {
    VpcId: vpcId,
    ServiceName: S3,
    RouteTableIds: [tableId],
  })
  expect(VpcEndpoint).toMatchObject({
    VpcEndpointType: 'Gateway',
    RouteTableIds: [tableId],
    State: 'available',
  })
  const { RouteTables } = await call<DescribeRouteTablesResult>('DescribeRouteTables', {
    RouteTableIds: [tableId],
  })
  expect(RouteTables?.[0]?.Routes?.at(-1)).toMatchObject({
    GatewayId: VpcEndpoint?.VpcEndpointId,
    DestinationPrefixListId: expect.stringMatching(/^pl-[0-9a-f]{8}$/),
  })
  await call('DeleteVpcEndpoints', { VpcEndpointIds: [VpcEndpoint?.VpcEndpointId] })
  expect(await call('DescribeVpcEndpoints')).toMatchObject({ VpcEndpoints: [] })
})

test('an interface stands in each subnet, and goes with the endpoint or the subnet', async () => {
  const { call, vpcId, subnets } = await place()
  const [first, second] = subnets
  const { VpcEndpoint } = await call<CreateVpcEndpointResult>('CreateVpcEndpoint', {
    VpcId: vpcId,
    VpcEndpointType: 'Interface',
    ServiceName: ECR,
    SubnetIds: subnets,
  })
  const VpcEndpointId = VpcEndpoint?.VpcEndpointId ?? ''
  expect(VpcEndpoint?.DnsEntries?.map(({ DnsName }) => DnsName).at(-1)).toBe(
    'api.ecr.ap-southeast-1.amazonaws.com',
  )
  expect(VpcEndpoint?.Groups).toMatchObject([{ GroupName: 'default' }])
  await call('ModifyVpcEndpoint', { VpcEndpointId, RemoveSubnetIds: [first] })
  const shown = await call<DescribeVpcEndpointsResult>('DescribeVpcEndpoints', {
    VpcEndpointIds: [VpcEndpointId],
  })
  expect(shown.VpcEndpoints?.[0]?.SubnetIds).toEqual([second])
  const own = { Filters: [{ Name: 'description', Values: [`VPC Endpoint Interface ${VpcEndpointId}`] }] }
  const interfaces = async () =>
    (await call<DescribeNetworkInterfacesResult>('DescribeNetworkInterfaces', own)).NetworkInterfaces
  expect(await interfaces()).toMatchObject([{ SubnetId: second, InterfaceType: 'vpc_endpoint' }])
  await call('DeleteVpcEndpoints', { VpcEndpointIds: [VpcEndpointId] })
  expect(await interfaces()).toEqual([])
})

test.each<[object, string]>([
  [{ ServiceName: 'com.amazonaws.ap-southeast-1.none' }, 'InvalidServiceName'],
  [{ ServiceName: ECR }, 'InvalidServiceName'],
  [{ ServiceName: S3, RouteTableIds: ['rtb-0aaaaaaaaaaaaaaaa'] }, 'InvalidRouteTableID.NotFound'],
  [{ ServiceName: S3, VpcEndpointType: 'GatewayLoadBalancer' }, 'NotImplemented'],
])('%j is refused', async (input, code) => {
  const { call, vpcId } = await place()
  await expect(call('CreateVpcEndpoint', { VpcId: vpcId, ...input })).rejects.toMatchObject({ code })
})

test('the services of the region are listed by name and type', async () => {
  const { call } = await place()
  const all = await call<DescribeVpcEndpointServicesResult>('DescribeVpcEndpointServices', {
    Filters: [{ Name: 'service-type', Values: ['Gateway'] }],
  })
  expect(all.ServiceNames).toEqual(['com.amazonaws.ap-southeast-1.dynamodb', S3])
  await expect(call('DescribeVpcEndpointServices', { ServiceNames: ['none'] })).rejects.toMatchObject({
    code: 'InvalidServiceName',
    message: "The Vpc Endpoint Service 'none' does not exist",
  })
})
