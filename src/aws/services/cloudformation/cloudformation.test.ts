import type * as sdk from '@aws-sdk/client-cloudformation'
import type { DescribeClusterResponse } from '@aws-sdk/client-eks'
import { describe, expect, test } from 'vitest'

import { createEksTestRegion, type EksTestRegion } from '../eks/testing/eks-test-region.ts'
import { createCloudFormation } from './index.ts'

async function withStacks(): Promise<EksTestRegion> {
  const region = await createEksTestRegion()
  const cloudformation = createCloudFormation(region.deps)
  region.services.push(cloudformation.service)
  region.run(cloudformation.controllers)
  return region
}

const assume = (service: unknown) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['sts:AssumeRole'], Principal: { Service: [service] } }],
})
const principals = {
  ServicePrincipalPartitionMap: {
    aws: {
      EC2: 'ec2.amazonaws.com',
      EKS: 'eks.amazonaws.com',
      EKSFargatePods: 'eks-fargate-pods.amazonaws.com',
    },
  },
}
const principal = (name: string) => ({
  'Fn::FindInMap': ['ServicePrincipalPartitionMap', { Ref: 'AWS::Partition' }, name],
})
const named = (logicalId: string) => [
  { Key: 'Name', Value: { 'Fn::Sub': `\${AWS::StackName}/${logicalId}` } },
]
const exported = (key: string, value: unknown) => ({
  [key]: { Value: value, Export: { Name: { 'Fn::Sub': `\${AWS::StackName}::${key}` } } },
})
const managed = (name: string) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/${name}` })

// The template of eksctl's cluster stack for given subnets, as shared facts describe it.
function clusterTemplate(region: EksTestRegion): object {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'EKS cluster',
    Mappings: principals,
    Resources: {
      ControlPlane: {
        Type: 'AWS::EKS::Cluster',
        Properties: {
          AccessConfig: {
            AuthenticationMode: 'API_AND_CONFIG_MAP',
            BootstrapClusterCreatorAdminPermissions: true,
          },
          BootstrapSelfManagedAddons: false,
          KubernetesNetworkConfig: { IpFamily: 'ipv4', ServiceIpv4Cidr: '10.50.0.0/24' },
          Logging: { ClusterLogging: { EnabledTypes: [{ Type: 'api' }, { Type: 'audit' }] } },
          Name: 'demo',
          ResourcesVpcConfig: {
            EndpointPrivateAccess: true,
            EndpointPublicAccess: true,
            SecurityGroupIds: [{ Ref: 'ControlPlaneSecurityGroup' }],
            SubnetIds: region.subnetIds,
          },
          RoleArn: { 'Fn::GetAtt': ['ServiceRole', 'Arn'] },
          Tags: named('ControlPlane'),
          Version: '1.34',
        },
      },
      ControlPlaneSecurityGroup: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'Communication between the control plane and worker nodegroups',
          Tags: named('ControlPlaneSecurityGroup'),
          VpcId: region.vpcId,
        },
      },
      ClusterSharedNodeSecurityGroup: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'Communication between all nodes in the cluster',
          VpcId: region.vpcId,
        },
      },
      IngressDefaultClusterToNodeSG: {
        Type: 'AWS::EC2::SecurityGroupIngress',
        Properties: {
          Description: 'Allow managed and unmanaged nodes to communicate with each other (all ports)',
          FromPort: 0,
          GroupId: { Ref: 'ClusterSharedNodeSecurityGroup' },
          IpProtocol: '-1',
          SourceSecurityGroupId: { 'Fn::GetAtt': ['ControlPlane', 'ClusterSecurityGroupId'] },
          ToPort: 65535,
        },
      },
      ServiceRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: assume(principal('EKS')),
          ManagedPolicyArns: [managed('AmazonEKSClusterPolicy')],
          Tags: named('ServiceRole'),
        },
      },
    },
    Outputs: {
      ...exported('ARN', { 'Fn::GetAtt': ['ControlPlane', 'Arn'] }),
      ...exported('ClusterSecurityGroupId', { 'Fn::GetAtt': ['ControlPlane', 'ClusterSecurityGroupId'] }),
      ...exported('Endpoint', { 'Fn::GetAtt': ['ControlPlane', 'Endpoint'] }),
      ...exported('SubnetsPrivate', { 'Fn::Join': [',', region.subnetIds] }),
      CertificateAuthorityData: { Value: { 'Fn::GetAtt': ['ControlPlane', 'CertificateAuthorityData'] } },
      ClusterStackName: { Value: { Ref: 'AWS::StackName' } },
    },
  }
}

function nodegroupTemplate(region: EksTestRegion, desired = 2): object {
  return {
    Mappings: principals,
    Resources: {
      LaunchTemplate: {
        Type: 'AWS::EC2::LaunchTemplate',
        Properties: {
          LaunchTemplateData: {
            BlockDeviceMappings: [
              {
                DeviceName: '/dev/xvda',
                Ebs: { VolumeSize: 100, VolumeType: 'gp3', Iops: 3000, Throughput: 125 },
              },
            ],
            MetadataOptions: { HttpPutResponseHopLimit: 2, HttpTokens: 'required' },
            SecurityGroupIds: [{ 'Fn::ImportValue': 'eksctl-demo-cluster::ClusterSecurityGroupId' }],
            TagSpecifications: [
              { ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'demo-workers-Node' }] },
            ],
          },
          LaunchTemplateName: { 'Fn::Sub': '${AWS::StackName}' },
        },
      },
      ManagedNodeGroup: {
        Type: 'AWS::EKS::Nodegroup',
        Properties: {
          AmiType: 'AL2023_x86_64_STANDARD',
          ClusterName: 'demo',
          InstanceTypes: ['t3.xlarge'],
          Labels: { 'alpha.eksctl.io/cluster-name': 'demo', Role: 'web' },
          LaunchTemplate: { Id: { Ref: 'LaunchTemplate' } },
          NodeRole: { 'Fn::GetAtt': ['NodeInstanceRole', 'Arn'] },
          NodegroupName: 'workers',
          ScalingConfig: { DesiredSize: desired, MaxSize: 4, MinSize: 1 },
          Subnets: region.subnetIds,
          Tags: { 'alpha.eksctl.io/nodegroup-name': 'workers' },
        },
      },
      NodeInstanceRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: assume(principal('EC2')),
          ManagedPolicyArns: [managed('AmazonEKSWorkerNodePolicy')],
          Path: '/',
        },
      },
      PolicyAutoScaling: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: ['autoscaling:*'], Resource: '*' }],
          },
          PolicyName: { 'Fn::Sub': '${AWS::StackName}-PolicyAutoScaling' },
          Roles: [{ Ref: 'NodeInstanceRole' }],
        },
      },
    },
  }
}

async function create(
  region: EksTestRegion,
  name: string,
  template: object | string,
  input: object = {},
): Promise<void> {
  await region.call('cloudformation', 'CreateStack', {
    StackName: name,
    TemplateBody: typeof template === 'string' ? template : JSON.stringify(template),
    Capabilities: ['CAPABILITY_IAM'],
    ...input,
  })
}

async function look(region: EksTestRegion, name: string): Promise<sdk.Stack> {
  const { Stacks } = await region.call<sdk.DescribeStacksOutput>('cloudformation', 'DescribeStacks', {
    StackName: name,
  })
  return Stacks![0]!
}

async function settled(region: EksTestRegion, name: string): Promise<sdk.Stack> {
  return await region.until(async () => {
    const stack = await look(region, name)
    return !stack.StackStatus?.endsWith('_IN_PROGRESS') && stack
  })
}

async function reasons(region: EksTestRegion, name: string): Promise<string[]> {
  const { StackEvents } = await region.call<sdk.DescribeStackEventsOutput>(
    'cloudformation',
    'DescribeStackEvents',
    {
      StackName: name,
    },
  )
  return (StackEvents ?? []).map((event) =>
    `${event.LogicalResourceId} ${event.ResourceStatus} ${event.ResourceStatusReason ?? ''}`.trim(),
  )
}

function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: { code?: string; message?: string }) => `${error.code}: ${error.message}`,
  )
}

async function gone(region: EksTestRegion, name: string): Promise<void> {
  const { StackId = '' } = await look(region, name)
  await region.call('cloudformation', 'DeleteStack', { StackName: name })
  expect((await look(region, StackId)).StackStatus).toMatch(/^DELETE_/)
  const stack = await settled(region, StackId)
  expect([stack.StackStatus, stack.StackStatusReason]).toEqual(['DELETE_COMPLETE', undefined])
}

describe("eksctl's stacks", () => {
  test('build a cluster with a node group, change it, and go in order', async () => {
    const region = await withStacks()
    const tags = [{ Key: 'alpha.eksctl.io/cluster-name', Value: 'demo' }]
    await create(region, 'eksctl-demo-cluster', clusterTemplate(region), {
      Tags: tags,
      EnableTerminationProtection: true,
    })
    const stack = await settled(region, 'eksctl-demo-cluster')
    expect([stack.StackStatus, stack.StackStatusReason]).toEqual(['CREATE_COMPLETE', undefined])
    expect(stack).toMatchObject({ Tags: tags, EnableTerminationProtection: true })
    const outputs = Object.fromEntries(
      (stack.Outputs ?? []).map((output) => [output.OutputKey, output.OutputValue]),
    )
    expect(outputs).toMatchObject({
      CertificateAuthorityData: 'Q0E=',
      ClusterStackName: 'eksctl-demo-cluster',
      SubnetsPrivate: region.subnetIds.join(','),
    })
    const { cluster } = await region.call<DescribeClusterResponse>('eks', 'DescribeCluster', { name: 'demo' })
    expect(outputs['ClusterSecurityGroupId']).toBe(cluster?.resourcesVpcConfig?.clusterSecurityGroupId)
    expect(cluster?.tags).toMatchObject({
      Name: 'eksctl-demo-cluster/ControlPlane',
      'aws:cloudformation:logical-id': 'ControlPlane',
    })

    const nodegroup = 'eksctl-demo-nodegroup-workers'
    await create(region, nodegroup, nodegroupTemplate(region))
    expect((await settled(region, nodegroup)).StackStatus).toBe('CREATE_COMPLETE')
    expect(region.eks.nodegroupShape('demo', 'workers')?.labels).toMatchObject({ Role: 'web' })

    const unchanged = region.call('cloudformation', 'UpdateStack', {
      StackName: nodegroup,
      TemplateBody: JSON.stringify(nodegroupTemplate(region)),
      Capabilities: ['CAPABILITY_IAM'],
    })
    expect(await refusal(unchanged)).toBe('ValidationError: No updates are to be performed.')
    await region.call('cloudformation', 'CreateChangeSet', {
      StackName: nodegroup,
      ChangeSetName: 'scale',
      TemplateBody: JSON.stringify(nodegroupTemplate(region, 3)),
      Capabilities: ['CAPABILITY_IAM'],
    })
    const set = { StackName: nodegroup, ChangeSetName: 'scale' }
    const { Changes } = await region.call<sdk.DescribeChangeSetOutput>(
      'cloudformation',
      'DescribeChangeSet',
      set,
    )
    expect(Changes).toMatchObject([
      { ResourceChange: { Action: 'Modify', LogicalResourceId: 'ManagedNodeGroup', Replacement: 'False' } },
    ])
    await region.call('cloudformation', 'ExecuteChangeSet', set)
    expect((await settled(region, nodegroup)).StackStatus).toBe('UPDATE_COMPLETE')
    expect(region.ec2.instances.list().filter((instance) => instance.state === 'running')).toHaveLength(3)

    const inUse = region.call('cloudformation', 'DeleteStack', { StackName: 'eksctl-demo-cluster' })
    expect(await refusal(inUse)).toBe(
      'ValidationError: Stack [eksctl-demo-cluster] cannot be deleted while TerminationProtection is enabled',
    )
    await region.call('cloudformation', 'UpdateTerminationProtection', {
      StackName: 'eksctl-demo-cluster',
      EnableTerminationProtection: false,
    })
    await region.call('cloudformation', 'DeleteStack', { StackName: 'eksctl-demo-cluster' })
    const [told] = await reasons(region, 'eksctl-demo-cluster')
    expect(told).toBe(
      `eksctl-demo-cluster CREATE_COMPLETE Delete canceled. Cannot delete export eksctl-demo-cluster::ClusterSecurityGroupId as it is in use by ${nodegroup}.`,
    )
    expect((await settled(region, 'eksctl-demo-cluster')).StackStatus).toBe('CREATE_COMPLETE')
    await gone(region, nodegroup)
    await gone(region, 'eksctl-demo-cluster')
    const { Roles } = await region.call<{ Roles: { RoleName: string }[] }>('iam', 'ListRoles', {})
    expect(Roles.filter((role) => role.RoleName.startsWith('eksctl-'))).toEqual([])
  })

  test('dedicated networks are made and removed', async () => {
    const region = await withStacks()
    await create(region, 'network', networkTemplate)
    const stack = await settled(region, 'network')
    expect([stack.StackStatus, await reasons(region, 'network')]).toEqual([
      'CREATE_COMPLETE',
      expect.anything(),
    ])
    expect(stack.Outputs).toMatchObject([{ OutputKey: 'Zone', OutputValue: `${region.deps.region}a` }])
    await gone(region, 'network')
  })
})

const networkTemplate = `
Parameters:
  Range: {Type: String, Default: 192.168.0.0/16}
Conditions:
  HasNat: !Not [!Equals [!Ref Range, '']]
Resources:
  VPC:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: !Ref Range
      EnableDnsHostnames: true
      EnableDnsSupport: true
  InternetGateway: {Type: AWS::EC2::InternetGateway}
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {InternetGatewayId: !Ref InternetGateway, VpcId: !Ref VPC}
  PublicTable:
    Type: AWS::EC2::RouteTable
    Properties: {VpcId: !Ref VPC}
  PublicRoute:
    Type: AWS::EC2::Route
    DependsOn: Attachment
    Properties: {RouteTableId: !Ref PublicTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref InternetGateway}
  Subnet:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref VPC
      CidrBlock: !Select [0, !Cidr [!GetAtt VPC.CidrBlock, 8, 13]]
      AvailabilityZone: !Select [0, !GetAZs '']
      MapPublicIpOnLaunch: true
  Association:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {RouteTableId: !Ref PublicTable, SubnetId: !Ref Subnet}
  Address:
    Type: AWS::EC2::EIP
    Properties: {Domain: vpc}
  Nat:
    Type: AWS::EC2::NatGateway
    Condition: HasNat
    Properties: {AllocationId: !GetAtt Address.AllocationId, SubnetId: !Ref Subnet}
Outputs:
  Zone: {Value: !GetAtt Subnet.AvailabilityZone}
`

describe('a stack that fails', () => {
  const failing = {
    Resources: {
      First: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/first' } },
      Second: {
        Type: 'AWS::EKS::Addon',
        DependsOn: 'First',
        Properties: { ClusterName: 'nobody', AddonName: 'coredns' },
      },
    },
  }

  test('rolls back and says why', async () => {
    const region = await withStacks()
    await create(region, 'broken', failing)
    expect((await settled(region, 'broken')).StackStatus).toBe('ROLLBACK_COMPLETE')
    const told = (await reasons(region, 'broken')).toReversed()
    expect(told[0]).toBe('broken CREATE_IN_PROGRESS User Initiated')
    expect(told.find((line) => line.startsWith('Second CREATE_FAILED'))).toContain(
      'No cluster found for name: nobody.',
    )
    expect(told).toContain(
      'broken ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Second]. Rollback requested by user.',
    )
    expect(told.indexOf('First DELETE_COMPLETE')).toBeGreaterThan(told.indexOf('First CREATE_COMPLETE'))
    expect(await region.call('logs', 'DescribeLogGroups', {})).toMatchObject({ logGroups: [] })
    await gone(region, 'broken')
  })

  test('stays as it is when rollback is disabled', async () => {
    const region = await withStacks()
    await create(region, 'broken', failing, { DisableRollback: true })
    expect((await settled(region, 'broken')).StackStatus).toBe('CREATE_FAILED')
  })

  test('goes back to what it was when an update fails', async () => {
    const region = await withStacks()
    const { First } = failing.Resources
    await create(region, 'groups', { Resources: { First } })
    await settled(region, 'groups')
    await region.call('cloudformation', 'UpdateStack', {
      StackName: 'groups',
      TemplateBody: JSON.stringify(failing),
    })
    const stack = await settled(region, 'groups')
    expect(stack.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
    const { StackResources } = await region.call<sdk.DescribeStackResourcesOutput>(
      'cloudformation',
      'DescribeStackResources',
      { StackName: 'groups', LogicalResourceId: 'First' },
    )
    expect(StackResources).toMatchObject([
      { PhysicalResourceId: '/first', ResourceStatus: 'CREATE_COMPLETE' },
    ])
  })
})

describe('what is refused at once', () => {
  const role = {
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: assume('ec2.amazonaws.com') },
  }
  const group = { Type: 'AWS::Logs::LogGroup' }
  test.each([
    [
      'an unknown type',
      { A: { Type: 'AWS::SQS::Queue' } },
      {},
      'ValidationError: Template format error: Unrecognized resource types: [AWS::SQS::Queue]',
    ],
    [
      'IAM without a capability',
      { A: role },
      { Capabilities: [] },
      'InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_IAM]',
    ],
    [
      'a named role with CAPABILITY_IAM alone',
      { A: { ...role, Properties: { ...role.Properties, RoleName: 'me' } } },
      {},
      'InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]',
    ],
    [
      'a reference to nothing',
      { A: { ...group, Properties: { LogGroupName: { Ref: 'B' } } } },
      {},
      'ValidationError: Template format error: Unresolved resource dependencies [B] in the Resources block of the template',
    ],
    [
      'a circle',
      { A: { ...group, DependsOn: 'B' }, B: { ...group, DependsOn: 'A' } },
      {},
      'ValidationError: Circular dependency between resources: [A, B]',
    ],
    [
      'no resources',
      {},
      {},
      'ValidationError: Template format error: At least one Resources member must be defined.',
    ],
  ])('%s', async (_what, Resources, input, expected) => {
    const region = await withStacks()
    expect(await refusal(create(region, 'refused', { Resources }, input))).toBe(expected)
  })

  test('a name that is taken, a stack that is not there', async () => {
    const region = await withStacks()
    await create(region, 'one', { Resources: { A: group } })
    expect(await refusal(create(region, 'one', { Resources: { A: group } }))).toBe(
      'AlreadyExistsException: Stack [one] already exists',
    )
    expect(await refusal(look(region, 'two'))).toBe('ValidationError: Stack with id two does not exist')
  })
})
