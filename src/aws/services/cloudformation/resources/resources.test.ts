import type { DescribeClusterResponse } from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'

import { daemonSets } from '../../../../kubernetes/client/resources.ts'
import { createEksTestRegion, type EksTestRegion } from '../../eks/testing/eks-test-region.ts'
import type { TemplateObject } from '../template/template.ts'
import { findResourceType } from './index.ts'
import { pickPaths } from './property-path.ts'
import type { ResourceContext } from './resource-type.ts'

const trust = {
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'eks.amazonaws.com' } }],
}

function contextOf(region: EksTestRegion, logicalId: string): ResourceContext {
  const stackId = 'arn:aws:cloudformation:x:1:stack/s/1'
  return {
    stackId,
    stackName: 's',
    logicalId,
    region: region.deps.region,
    accountId: region.deps.accountId,
    token: '11111111-2222-3333-4444-555555555555',
    begunAtMs: region.deps.clock.now(),
    replacedIds: [],
    capabilities: [],
    updatePolicy: {},
    nowMs: region.deps.clock.now(),
    pace: 0,
    signalsSince: () => [],
    signalsTo: () => undefined,
    handleUrl: () => '',
    ownTags: [
      { Key: 'aws:cloudformation:stack-id', Value: stackId },
      { Key: 'aws:cloudformation:logical-id', Value: logicalId },
    ],
    call: (service, operation, input) =>
      region.deps.caller.call(service, operation, input, { calledVia: 'cloudformation.amazonaws.com' }),
  }
}

async function clusterOf(region: EksTestRegion): Promise<string> {
  const name = 'demo'
  await region.call('eks', 'CreateCluster', {
    name,
    roleArn: await region.role('r', 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds: region.subnetIds },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
  })
  await region.until(async () => {
    const answer = await region.call<DescribeClusterResponse>('eks', 'DescribeCluster', { name })
    return answer.cluster?.status === 'ACTIVE'
  })
  return name
}

async function aclOf(region: EksTestRegion): Promise<string> {
  const { NetworkAcl } = await region.call<{ NetworkAcl: { NetworkAclId: string } }>(
    'ec2',
    'CreateNetworkAcl',
    { VpcId: region.vpcId },
  )
  return NetworkAcl.NetworkAclId
}

// A kill between making a resource and writing its id down is followed by making it again: nothing may be doubled.
test.each<[string, (region: EksTestRegion) => Promise<TemplateObject> | TemplateObject]>([
  ['AWS::IAM::Role', () => ({ AssumeRolePolicyDocument: trust })],
  [
    'AWS::IAM::ManagedPolicy',
    () => ({
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
      },
    }),
  ],
  ['AWS::IAM::InstanceProfile', () => ({ Roles: [] })],
  ['AWS::EC2::VPC', () => ({ CidrBlock: '10.9.0.0/16' })],
  ['AWS::EC2::Subnet', ({ vpcId }) => ({ VpcId: vpcId, CidrBlock: '10.0.250.0/24' })],
  ['AWS::EC2::SecurityGroup', ({ vpcId }) => ({ VpcId: vpcId, GroupDescription: 'x' })],
  ['AWS::EC2::InternetGateway', () => ({})],
  ['AWS::EC2::RouteTable', ({ vpcId }) => ({ VpcId: vpcId })],
  ['AWS::EC2::EIP', () => ({ Domain: 'vpc' })],
  ['AWS::EC2::LaunchTemplate', () => ({ LaunchTemplateData: { InstanceType: 't3.small' } })],
  [
    'AWS::EC2::NatGateway',
    async (region) => {
      const { AllocationId } = await region.call<{ AllocationId: string }>('ec2', 'AllocateAddress', {})
      return { SubnetId: region.publicSubnetId, AllocationId }
    },
  ],
  [
    'AWS::IAM::OIDCProvider',
    () => ({
      Url: 'https://oidc.eks.ap-southeast-1.amazonaws.com/id/A',
      ClientIdList: ['sts.amazonaws.com'],
      ThumbprintList: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'],
    }),
  ],
  [
    'AWS::EKS::Nodegroup',
    async (region) => ({
      ClusterName: await clusterOf(region),
      NodeRole: await region.role('nodes', 'ec2.amazonaws.com'),
      Subnets: [...region.subnetIds],
    }),
  ],
  [
    'AWS::EKS::FargateProfile',
    async (region) => ({
      ClusterName: await clusterOf(region),
      PodExecutionRoleArn: await region.role('pods', 'eks-fargate-pods.amazonaws.com'),
      Selectors: [{ Namespace: 'web' }],
    }),
  ],
  [
    'AWS::EKS::Addon',
    async (region) => {
      const ClusterName = await clusterOf(region)
      // Nothing here counts the pods of a daemon set: it says beforehand that it is done.
      const client = region.kubernetes(ClusterName)
      const own = await client.get(daemonSets, { namespace: 'kube-system', name: 'aws-node' })
      await client.updateStatus(daemonSets, {
        ...own,
        status: {
          observedGeneration: 100,
          currentNumberScheduled: 0,
          desiredNumberScheduled: 0,
          numberMisscheduled: 0,
          numberReady: 0,
        },
      })
      return { ClusterName, AddonName: 'vpc-cni' }
    },
  ],
  [
    'AWS::EKS::AccessEntry',
    async (region) => ({
      ClusterName: await clusterOf(region),
      PrincipalArn: await region.role('people', 'ec2.amazonaws.com'),
      AccessPolicies: [
        {
          PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
          AccessScope: { Type: 'cluster' },
        },
      ],
    }),
  ],
  ['AWS::Logs::LogGroup', () => ({ RetentionInDays: 30 })],
  [
    'AWS::Logs::LogStream',
    async (region) => {
      await region.call('logs', 'CreateLogGroup', { logGroupName: '/g' })
      return { LogGroupName: '/g' }
    },
  ],
  ['AWS::S3::Bucket', () => ({ VersioningConfiguration: { Status: 'Enabled' } })],
  ['AWS::ECR::Repository', () => ({ ImageTagMutability: 'IMMUTABLE' })],
  ['AWS::IAM::User', () => ({ Path: '/people/' })],
  ['AWS::IAM::Group', () => ({})],
  ['AWS::EC2::Volume', () => ({ AvailabilityZone: 'ap-southeast-1a', Size: 10 })],
  ['AWS::EC2::KeyPair', () => ({ KeyName: 'bastion', KeyType: 'ed25519' })],
  ['AWS::EC2::PlacementGroup', () => ({ Strategy: 'spread' })],
  ['AWS::EC2::NetworkAcl', ({ vpcId }) => ({ VpcId: vpcId })],
  [
    'AWS::EC2::NetworkAclEntry',
    async (region) => ({
      NetworkAclId: await aclOf(region),
      RuleNumber: 100,
      Protocol: 6,
      RuleAction: 'allow',
      CidrBlock: '0.0.0.0/0',
      PortRange: { From: 443, To: 443 },
    }),
  ],
  [
    'AWS::EC2::SubnetNetworkAclAssociation',
    async (region) => ({ NetworkAclId: await aclOf(region), SubnetId: region.publicSubnetId }),
  ],
  ['AWS::EC2::NetworkInterface', ({ publicSubnetId }) => ({ SubnetId: publicSubnetId })],
  [
    'AWS::EC2::VPCEndpoint',
    ({ vpcId }) => ({ VpcId: vpcId, ServiceName: 'com.amazonaws.ap-southeast-1.s3' }),
  ],
  ['AWS::KMS::Key', () => ({ Description: 'secrets', PendingWindowInDays: 7 })],
  [
    'AWS::KMS::Alias',
    async (region) => {
      const { KeyMetadata } = await region.call<{ KeyMetadata: { KeyId: string } }>('kms', 'CreateKey', {})
      return { AliasName: 'alias/secrets', TargetKeyId: KeyMetadata.KeyId }
    },
  ],
  [
    'AWS::EKS::Cluster',
    async (region) => ({
      Name: 'twice',
      RoleArn: await region.role('r', 'eks.amazonaws.com'),
      ResourcesVpcConfig: { SubnetIds: [...region.subnetIds] },
    }),
  ],
])('%s is found again after a kill, and goes', async (type, propertiesOf) => {
  const region = await createEksTestRegion()
  const resourceType = findResourceType(type)!
  const properties = await propertiesOf(region)
  const context = contextOf(region, 'It')
  const { create } = resourceType
  const made = pickPaths(properties, create.on)
  expect(await create.find?.(made, context)).toBeUndefined()
  const run = await create.run(made, context)
  const first = typeof run === 'string' ? run : run.physicalId
  expect(await create.find?.(made, context)).toBe(first)
  await region.until(async () => (await resourceType.read(first, context, {})).state === 'ready')
  await region.until(async () => await resourceType.remove(first, context, properties))
  expect(await resourceType.remove(first, context, properties)).toBe(true)
  expect(await create.find?.(made, context)).toBeUndefined()
})
