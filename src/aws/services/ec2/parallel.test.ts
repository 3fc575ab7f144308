import { expect, test } from 'vitest'

import type { AwsCaller } from '../../protocol/service.ts'
import { createTestRegion } from '../../testing/test-region.ts'

// CloudFormation makes the resources of a stack side by side: changes of one record must not lose each other.

async function vpcWithSubnets(
  caller: AwsCaller,
  count: number,
): Promise<{ vpcId: string; subnets: string[] }> {
  const { Vpc } = await caller.call<{ Vpc: { VpcId: string } }>('ec2', 'CreateVpc', {
    CidrBlock: '10.9.0.0/16',
  })
  const subnets: string[] = []
  for (let index = 0; index < count; index++) {
    const input = { VpcId: Vpc.VpcId, CidrBlock: `10.9.${index}.0/24` }
    const { Subnet } = await caller.call<{ Subnet: { SubnetId: string } }>('ec2', 'CreateSubnet', input)
    subnets.push(Subnet.SubnetId)
  }
  return { vpcId: Vpc.VpcId, subnets }
}

test('a route table keeps every route and association that are made at once', async () => {
  const { caller } = (await createTestRegion()).endpoint
  const { vpcId, subnets } = await vpcWithSubnets(caller, 4)
  const made = await caller.call<{ RouteTable: { RouteTableId: string } }>('ec2', 'CreateRouteTable', {
    VpcId: vpcId,
  })
  const { InternetGateway } = await caller.call<{ InternetGateway: { InternetGatewayId: string } }>(
    'ec2',
    'CreateInternetGateway',
    {},
  )
  const GatewayId = InternetGateway.InternetGatewayId
  await caller.call('ec2', 'AttachInternetGateway', { InternetGatewayId: GatewayId, VpcId: vpcId })
  const { RouteTableId } = made.RouteTable
  await Promise.all([
    caller.call('ec2', 'CreateRoute', { RouteTableId, GatewayId, DestinationCidrBlock: '0.0.0.0/0' }),
    caller.call('ec2', 'CreateRoute', { RouteTableId, GatewayId, DestinationCidrBlock: '192.0.2.0/24' }),
    ...subnets.map((SubnetId) => caller.call('ec2', 'AssociateRouteTable', { RouteTableId, SubnetId })),
  ])
  const { RouteTables } = await caller.call<{
    RouteTables: { Routes: { DestinationCidrBlock: string }[]; Associations: { SubnetId: string }[] }[]
  }>('ec2', 'DescribeRouteTables', { RouteTableIds: [RouteTableId] })
  expect(RouteTables[0]?.Routes.map((route) => route.DestinationCidrBlock).toSorted()).toEqual([
    '0.0.0.0/0',
    '10.9.0.0/16',
    '192.0.2.0/24',
  ])
  expect(RouteTables[0]?.Associations.map((each) => each.SubnetId).toSorted()).toEqual(subnets.toSorted())
})

test('a subnet is associated once however many ask at once', async () => {
  const { caller } = (await createTestRegion()).endpoint
  const { vpcId, subnets } = await vpcWithSubnets(caller, 1)
  const tables = await Promise.all(
    [1, 2, 3].map(() =>
      caller.call<{ RouteTable: { RouteTableId: string } }>('ec2', 'CreateRouteTable', { VpcId: vpcId }),
    ),
  )
  const answers = await Promise.allSettled(
    tables.map(({ RouteTable }) =>
      caller.call('ec2', 'AssociateRouteTable', {
        RouteTableId: RouteTable.RouteTableId,
        SubnetId: subnets[0],
      }),
    ),
  )
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('an internet gateway is attached once, and a launch template keeps every version', async () => {
  const { caller } = (await createTestRegion()).endpoint
  const [one, two] = [await vpcWithSubnets(caller, 0), await vpcWithSubnets(caller, 0)]
  const { InternetGateway } = await caller.call<{ InternetGateway: { InternetGatewayId: string } }>(
    'ec2',
    'CreateInternetGateway',
    {},
  )
  const answers = await Promise.allSettled(
    [one, two].map(({ vpcId }) =>
      caller.call('ec2', 'AttachInternetGateway', {
        InternetGatewayId: InternetGateway.InternetGatewayId,
        VpcId: vpcId,
      }),
    ),
  )
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)

  const { LaunchTemplate } = await caller.call<{ LaunchTemplate: { LaunchTemplateId: string } }>(
    'ec2',
    'CreateLaunchTemplate',
    { LaunchTemplateName: 'web', LaunchTemplateData: {} },
  )
  const { LaunchTemplateId } = LaunchTemplate
  const versions = await Promise.all(
    [1, 2, 3].map((count) =>
      caller.call<{ LaunchTemplateVersion: { VersionNumber: number } }>(
        'ec2',
        'CreateLaunchTemplateVersion',
        {
          LaunchTemplateId,
          VersionDescription: String(count),
          LaunchTemplateData: {},
        },
      ),
    ),
  )
  expect(
    versions.map((answer) => answer.LaunchTemplateVersion.VersionNumber).toSorted((a, b) => a - b),
  ).toEqual([2, 3, 4])
})
