import { ListTagsForResourceCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import * as ec2 from '@aws-sdk/client-ec2'
import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  ListUpdatesCommand,
  DescribeUpdateCommand,
} from '@aws-sdk/client-eks'
import * as iam from '@aws-sdk/client-iam'
import { describe, expect, test } from 'vitest'

import { createStackClients, type StackClients } from '../testing/stack-clients.ts'

const trust = (service: string) => ({
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }],
})
const tags = (values: Record<string, string>) =>
  Object.entries(values).map(([Key, Value]) => ({ Key, Value }))
/** Without those of CloudFormation. */
function own(list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined) {
  return Object.fromEntries(
    (list ?? []).flatMap(({ Key = '', Value }) => (Key.startsWith('aws:') ? [] : [[Key, Value]])),
  )
}

describe('an update in place', () => {
  const network = (port: number, values: Record<string, string>, hostnames = false) => ({
    Vpc: {
      Type: 'AWS::EC2::VPC',
      Properties: { CidrBlock: '10.1.0.0/16', EnableDnsHostnames: hostnames, Tags: tags(values) },
    },
    Subnet: {
      Type: 'AWS::EC2::Subnet',
      Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.1.1.0/24', Tags: tags(values) },
    },
    Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: { Ref: 'Vpc' }, Tags: tags(values) } },
    Group: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        GroupDescription: 'x',
        VpcId: { Ref: 'Vpc' },
        Tags: tags(values),
        SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, CidrIp: '0.0.0.0/0' }],
      },
    },
  })

  test('of a network changes tags, attributes and rules where they are', async () => {
    const clients = await createStackClients()
    await clients.create('net', network(80, { a: '1', gone: 'x' }))
    const ids = await Promise.all(
      ['Vpc', 'Subnet', 'Table', 'Group'].map((id) => clients.physicalId('net', id)),
    )
    const next = network(443, { a: '2', new: 'y' }, true)
    expect(await clients.changes('net', next)).toEqual([
      'Vpc Modify False EnableDnsHostnames:Never Tags:Never',
      'Subnet Modify False Tags:Never',
      'Table Modify False Tags:Never',
      'Group Modify False SecurityGroupIngress:Never Tags:Never',
    ])
    expect((await clients.update('net', next)).StackStatus).toBe('UPDATE_COMPLETE')
    expect(
      await Promise.all(['Vpc', 'Subnet', 'Table', 'Group'].map((id) => clients.physicalId('net', id))),
    ).toEqual(ids)

    const [vpcId = '', subnetId = '', tableId = '', groupId = ''] = ids
    const { Vpcs } = await clients.ec2.send(new ec2.DescribeVpcsCommand({ VpcIds: [vpcId] }))
    const { Subnets } = await clients.ec2.send(new ec2.DescribeSubnetsCommand({ SubnetIds: [subnetId] }))
    const { RouteTables } = await clients.ec2.send(
      new ec2.DescribeRouteTablesCommand({ RouteTableIds: [tableId] }),
    )
    const { SecurityGroups } = await clients.ec2.send(
      new ec2.DescribeSecurityGroupsCommand({ GroupIds: [groupId] }),
    )
    for (const found of [Vpcs, Subnets, RouteTables, SecurityGroups]) {
      expect(own(found?.[0]?.Tags)).toEqual({ a: '2', new: 'y' })
    }
    expect(SecurityGroups?.[0]?.IpPermissions?.map(({ FromPort }) => FromPort)).toEqual([443])
    const { EnableDnsHostnames } = await clients.ec2.send(
      new ec2.DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsHostnames' }),
    )
    expect(EnableDnsHostnames?.Value).toBe(true)
  })

  test('egress rules take the place of the one that EC2 makes, and give it back', async () => {
    const clients = await createStackClients()
    const group = (rules?: object[]) => ({
      Group: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'x',
          VpcId: clients.region.vpcId,
          ...(rules ? { SecurityGroupEgress: rules } : {}),
        },
      },
    })
    const ports = async (): Promise<(number | undefined)[]> => {
      const GroupIds = [await clients.physicalId('s', 'Group')]
      const { SecurityGroups } = await clients.ec2.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds }))
      return (SecurityGroups?.[0]?.IpPermissionsEgress ?? []).map(({ FromPort }) => FromPort)
    }
    await clients.create('s', group([{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' }]))
    expect(await ports()).toEqual([443])
    await clients.update('s', group())
    expect(await ports()).toEqual([undefined])
  })

  test('of a role and a log group leaves nothing out', async () => {
    const clients = await createStackClients()
    const resources = (role: object, group: object) => ({
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { RoleName: 'r', AssumeRolePolicyDocument: trust('ec2.amazonaws.com'), ...role },
      },
      Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/g', ...group } },
    })
    await clients.create(
      's',
      resources(
        {
          MaxSessionDuration: 7200,
          PermissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess',
          Tags: tags({ a: '1', gone: 'x' }),
        },
        { RetentionInDays: 7, Tags: tags({ a: '1', gone: 'x' }) },
      ),
    )
    const look = async () => {
      const { Role } = await clients.iam.send(new iam.GetRoleCommand({ RoleName: 'r' }))
      const { logGroups } = await clients.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: '/g' }),
      )
      const resourceArn = logGroups?.[0]?.logGroupArn ?? ''
      const { tags: found } = await clients.logs.send(new ListTagsForResourceCommand({ resourceArn }))
      return {
        session: Role?.MaxSessionDuration,
        boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
        description: Role?.Description,
        roleTags: own(Role?.Tags),
        days: logGroups?.[0]?.retentionInDays,
        groupTags: own(Object.entries(found ?? {}).map(([Key, Value]) => ({ Key, Value }))),
      }
    }
    expect(await look()).toMatchObject({
      session: 7200,
      boundary: 'arn:aws:iam::aws:policy/PowerUserAccess',
      roleTags: { a: '1', gone: 'x' },
      days: 7,
      groupTags: { a: '1', gone: 'x' },
    })
    const { StackStatus } = await clients.update(
      's',
      resources({ Description: 'said', Tags: tags({ a: '2' }) }, { Tags: tags({ a: '2' }) }),
    )
    expect(StackStatus).toBe('UPDATE_COMPLETE')
    expect(await look()).toEqual({
      session: 3600,
      boundary: undefined,
      description: 'said',
      roleTags: { a: '2' },
      days: undefined,
      groupTags: { a: '2' },
    })
  })

  test('the document of a named managed policy is a new version, however often it changes', async () => {
    const clients = await createStackClients()
    const policy = (action: string) => ({
      Policy: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          ManagedPolicyName: 'named',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
          },
        },
      },
    })
    await clients.create('s', policy('s3:Get0'))
    for (let number = 1; number <= 6; number++) {
      expect((await clients.update('s', policy(`s3:Get${number}`))).StackStatus).toBe('UPDATE_COMPLETE')
    }
    const PolicyArn = await clients.physicalId('s', 'Policy')
    const { Policy } = await clients.iam.send(new iam.GetPolicyCommand({ PolicyArn }))
    expect(Policy?.DefaultVersionId).toBe('v7')
    const { PolicyVersion } = await clients.iam.send(
      new iam.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v7' }),
    )
    expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toContain('s3:Get6')
    expect((await clients.remove('s')).StackStatus).toBe('DELETE_COMPLETE')
  })

  test('of an OpenID Connect provider changes its clients, thumbprints and tags', async () => {
    const clients = await createStackClients()
    const provider = (ClientIdList: string[], digit: string, values: Record<string, string>) => ({
      Provider: {
        Type: 'AWS::IAM::OIDCProvider',
        Properties: {
          Url: 'https://example.com/a',
          ClientIdList,
          ThumbprintList: [digit.repeat(40)],
          Tags: tags(values),
        },
      },
    })
    await clients.create('s', provider(['sts.amazonaws.com', 'gone'], '1', { a: '1', gone: 'x' }))
    const { StackStatus } = await clients.update('s', provider(['sts.amazonaws.com', 'new'], '2', { a: '2' }))
    const OpenIDConnectProviderArn = await clients.physicalId('s', 'Provider')
    const found = await clients.iam.send(
      new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }),
    )
    expect(StackStatus).toBe('UPDATE_COMPLETE')
    expect([found.ClientIDList, found.ThumbprintList, own(found.Tags)]).toEqual([
      ['sts.amazonaws.com', 'new'],
      ['2'.repeat(40)],
      { a: '2' },
    ])
  })

  test('tags of the stack reach its resources, and leave them with it', async () => {
    const clients = await createStackClients()
    const resources = {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { RoleName: 'r', AssumeRolePolicyDocument: trust('ec2.amazonaws.com') },
      },
    }
    await clients.create('s', resources, { Tags: tags({ team: 'a', gone: 'x' }) })
    await clients.update('s', resources, { Tags: tags({ team: 'b' }) })
    const { Role } = await clients.iam.send(new iam.GetRoleCommand({ RoleName: 'r' }))
    expect(own(Role?.Tags)).toEqual({ team: 'b' })
  })
})

describe('an update of a cluster', () => {
  async function withRoles(): Promise<{ clients: StackClients; control: string; node: string }> {
    const clients = await createStackClients()
    const control = await clients.region.role('control', 'eks.amazonaws.com')
    const node = await clients.region.role('node', 'ec2.amazonaws.com')
    return { clients, control, node }
  }
  const cluster = (clients: StackClients, RoleArn: string, properties: object) => ({
    Cluster: {
      Type: 'AWS::EKS::Cluster',
      Properties: {
        Name: 'demo',
        RoleArn,
        Version: '1.33',
        ResourcesVpcConfig: { SubnetIds: clients.region.subnetIds },
        AccessConfig: { AuthenticationMode: 'CONFIG_MAP' },
        Logging: { ClusterLogging: { EnabledTypes: [{ Type: 'api' }, { Type: 'audit' }] } },
        Tags: tags({ a: '1', gone: 'x' }),
        ...properties,
      },
    },
  })
  const changed = (clients: StackClients) => ({
    Version: '1.34',
    ResourcesVpcConfig: {
      SubnetIds: clients.region.subnetIds,
      EndpointPrivateAccess: true,
      PublicAccessCidrs: ['203.0.113.0/24'],
    },
    AccessConfig: { AuthenticationMode: 'API_AND_CONFIG_MAP' },
    Logging: { ClusterLogging: { EnabledTypes: [{ Type: 'audit' }] } },
    UpgradePolicy: { SupportType: 'STANDARD' },
    DeletionProtection: true,
    Tags: tags({ a: '2' }),
  })

  test('carries out every operation, one after the other', async () => {
    const { clients, control } = await withRoles()
    await clients.create('s', cluster(clients, control, {}))
    const next = cluster(clients, control, changed(clients))
    expect(await clients.changes('s', next)).toEqual([
      'Cluster Modify False AccessConfig:Never DeletionProtection:Never Logging:Never ResourcesVpcConfig:Never Tags:Never UpgradePolicy:Never Version:Never',
    ])
    expect((await clients.update('s', next)).StackStatus).toBe('UPDATE_COMPLETE')
    const { cluster: found } = await clients.eks.send(new DescribeClusterCommand({ name: 'demo' }))
    expect(found).toMatchObject({
      version: '1.34',
      resourcesVpcConfig: {
        endpointPrivateAccess: true,
        endpointPublicAccess: true,
        publicAccessCidrs: ['203.0.113.0/24'],
      },
      accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
      upgradePolicy: { supportType: 'STANDARD' },
      deletionProtection: true,
      tags: { a: '2' },
    })
    expect(found?.tags).not.toHaveProperty('gone')
    const on = found?.logging?.clusterLogging?.filter(({ enabled }) => enabled).flatMap(({ types }) => types)
    expect(on).toEqual(['audit'])
    const { updateIds = [] } = await clients.eks.send(new ListUpdatesCommand({ name: 'demo' }))
    const updates = await Promise.all(
      updateIds.map(
        async (updateId) =>
          (await clients.eks.send(new DescribeUpdateCommand({ name: 'demo', updateId }))).update,
      ),
    )
    expect(updates.map((update) => update?.status)).toEqual(updates.map(() => 'Successful'))
    expect(updates.map((update) => update?.type ?? '').toSorted()).toEqual([
      'AccessConfigUpdate',
      'DeletionProtectionUpdate',
      'EndpointAccessUpdate',
      'LoggingUpdate',
      'UpgradePolicyUpdate',
      'VersionUpdate',
    ])
  })

  test('gives the way out of the control plane to the VPC', async () => {
    const { clients, control } = await withRoles()
    const egress = (ControlPlaneEgressMode: string) =>
      cluster(clients, control, {
        ResourcesVpcConfig: { SubnetIds: clients.region.subnetIds, ControlPlaneEgressMode },
      })
    await clients.create('s', egress('AWS_MANAGED'))
    const mode = async () => {
      const { cluster: found } = await clients.eks.send(new DescribeClusterCommand({ name: 'demo' }))
      return found?.resourcesVpcConfig?.controlPlaneEgressMode
    }
    expect(await mode()).toBe('AWS_MANAGED')
    expect((await clients.update('s', egress('CUSTOMER_ROUTED'))).StackStatus).toBe('UPDATE_COMPLETE')
    expect(await mode()).toBe('CUSTOMER_ROUTED')
  })

  test('that fails midway is taken back by the same operations', async () => {
    const { clients, control } = await withRoles()
    await clients.create('s', cluster(clients, control, {}))
    const { AccessConfig: _, ...rest } = changed(clients)
    const { StackStatus } = await clients.update('s', cluster(clients, control, { ...rest, Version: '1.99' }))
    const told = await clients.events('s')
    expect(told.find((line) => line.startsWith('Cluster UPDATE_FAILED'))).toMatch(
      /Resource handler returned message: ".*\(Service: Eks, Status Code: 400, Request ID: [-0-9a-f]{36}\)" \(RequestToken: [-0-9a-f]{36}, HandlerErrorCode: InvalidRequest\)/,
    )
    expect(told).toContain(
      's UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Cluster].',
    )
    expect([StackStatus, told.at(-1)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 's UPDATE_ROLLBACK_COMPLETE'])
    const { cluster: found } = await clients.eks.send(new DescribeClusterCommand({ name: 'demo' }))
    expect(found).toMatchObject({
      version: '1.33',
      resourcesVpcConfig: {
        endpointPrivateAccess: false,
        endpointPublicAccess: true,
        publicAccessCidrs: ['0.0.0.0/0'],
      },
      deletionProtection: false,
      upgradePolicy: { supportType: 'EXTENDED' },
      tags: { a: '1', gone: 'x' },
    })
    const on = found?.logging?.clusterLogging?.filter(({ enabled }) => enabled).flatMap(({ types }) => types)
    expect(on).toEqual(['api', 'audit'])
    expect((await clients.remove('s')).StackStatus).toBe('DELETE_COMPLETE')
  })

  test('of a node group takes labels and taints away, and rolls its nodes instead of replacing it', async () => {
    const { clients, control, node } = await withRoles()
    const group = (properties: object) => ({
      ...cluster(clients, control, { Version: '1.34' }),
      Nodes: {
        Type: 'AWS::EKS::Nodegroup',
        Properties: {
          ClusterName: { Ref: 'Cluster' },
          NodegroupName: 'ng',
          NodeRole: node,
          Subnets: clients.region.subnetIds,
          ScalingConfig: { MinSize: 1, DesiredSize: 1, MaxSize: 2 },
          ...properties,
        },
      },
    })
    await clients.create(
      's',
      group({
        Version: '1.33',
        Labels: { keep: '1', gone: 'x' },
        Taints: [
          { Key: 'keep', Value: '1', Effect: 'NO_SCHEDULE' },
          { Key: 'gone', Value: 'x', Effect: 'NO_SCHEDULE' },
        ],
        Tags: { a: '1', gone: 'x' },
      }),
    )
    const next = group({
      Version: '1.34',
      Labels: { keep: '2' },
      Taints: [{ Key: 'keep', Value: '1', Effect: 'NO_SCHEDULE' }],
      UpdateConfig: { MaxUnavailable: 2 },
      Tags: { a: '2' },
    })
    expect(await clients.changes('s', next)).toEqual([
      'Nodes Modify False Labels:Never Tags:Never Taints:Never UpdateConfig:Never Version:Never',
    ])
    expect((await clients.update('s', next)).StackStatus).toBe('UPDATE_COMPLETE')
    const { nodegroup } = await clients.eks.send(
      new DescribeNodegroupCommand({ clusterName: 'demo', nodegroupName: 'ng' }),
    )
    expect(nodegroup).toMatchObject({
      version: '1.34',
      labels: { keep: '2' },
      taints: [{ key: 'keep', value: '1', effect: 'NO_SCHEDULE' }],
      updateConfig: { maxUnavailable: 2 },
    })
    expect(nodegroup?.labels).toEqual({ keep: '2' })
    expect(nodegroup?.taints).toHaveLength(1)
    expect(nodegroup?.tags).toMatchObject({ a: '2' })
    expect(nodegroup?.tags).not.toHaveProperty('gone')
  })
})

test('a new version of a launch template rolls the nodes of its group', async () => {
  const clients = await createStackClients()
  const control = await clients.region.role('control', 'eks.amazonaws.com')
  const node = await clients.region.role('node', 'ec2.amazonaws.com')
  const resources = (InstanceType: string) => ({
    Cluster: {
      Type: 'AWS::EKS::Cluster',
      Properties: {
        Name: 'demo',
        RoleArn: control,
        ResourcesVpcConfig: { SubnetIds: clients.region.subnetIds },
      },
    },
    Machine: { Type: 'AWS::EC2::LaunchTemplate', Properties: { LaunchTemplateData: { InstanceType } } },
    Nodes: {
      Type: 'AWS::EKS::Nodegroup',
      Properties: {
        ClusterName: { Ref: 'Cluster' },
        NodegroupName: 'ng',
        NodeRole: node,
        Subnets: clients.region.subnetIds,
        ScalingConfig: { MinSize: 2, DesiredSize: 2, MaxSize: 2 },
        LaunchTemplate: {
          Id: { Ref: 'Machine' },
          Version: { 'Fn::GetAtt': ['Machine', 'LatestVersionNumber'] },
        },
      },
    },
  })
  await clients.create('s', resources('t3.medium'))
  const { nodegroup: before } = await clients.eks.send(
    new DescribeNodegroupCommand({ clusterName: 'demo', nodegroupName: 'ng' }),
  )
  expect(await clients.changes('s', resources('t3.large'))).toEqual([
    'Machine Modify False LaunchTemplateData:Never',
    'Nodes Modify False LaunchTemplate:Never',
  ])
  expect((await clients.update('s', resources('t3.large'))).StackStatus).toBe('UPDATE_COMPLETE')
  const { nodegroup: after } = await clients.eks.send(
    new DescribeNodegroupCommand({ clusterName: 'demo', nodegroupName: 'ng' }),
  )
  expect(after?.nodegroupArn).toBe(before?.nodegroupArn)
  expect([before?.launchTemplate?.version, after?.launchTemplate?.version]).toEqual(['1', '2'])
  const running = clients.region.ec2.instances.list().filter(({ state }) => state === 'running')
  expect(running.map(({ instanceType }) => instanceType)).toEqual(['t3.large', 't3.large'])
  // EKS's own template has one version for each of the caller's, however often it was looked at.
  const { LaunchTemplates = [] } = await clients.ec2.send(new ec2.DescribeLaunchTemplatesCommand({}))
  expect(LaunchTemplates.map(({ LatestVersionNumber }) => LatestVersionNumber)).toEqual([2, 2])
})
