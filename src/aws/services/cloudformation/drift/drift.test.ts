import * as cfn from '@aws-sdk/client-cloudformation'
import {
  CreateTagsCommand,
  AuthorizeSecurityGroupIngressCommand,
  DeleteSubnetCommand,
} from '@aws-sdk/client-ec2'
import { UpdateNodegroupConfigCommand } from '@aws-sdk/client-eks'
import { DetachRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs'
import { expect, test } from 'vitest'

import { createStackClients, type StackClients } from '../testing/stack-clients.ts'

const trust = (service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }],
})

const resources = {
  Vpc: {
    Type: 'AWS::EC2::VPC',
    Properties: { CidrBlock: '10.7.0.0/16', EnableDnsHostnames: true, Tags: [{ Key: 'team', Value: 'one' }] },
  },
  Subnet: {
    Type: 'AWS::EC2::Subnet',
    Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.7.1.0/24', MapPublicIpOnLaunch: 'true' },
  },
  Group: {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: 'drift',
      VpcId: { Ref: 'Vpc' },
      SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: '443', ToPort: 443, CidrIp: '10.0.0.0/8' }],
    },
  },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: trust('ec2.amazonaws.com'),
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy'],
      Policies: [
        {
          PolicyName: 'inline',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }],
          },
        },
      ],
    },
  },
  Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 7 } },
  Metadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'v2:deflate64:' } },
}

/** What a detection over the whole stack finds: `STATUS COUNT`, then a line a resource that is out of sync. */
async function detect({ cloudformation }: StackClients, StackName: string): Promise<string[]> {
  const { StackDriftDetectionId } = await cloudformation.send(new cfn.DetectStackDriftCommand({ StackName }))
  const detection = await cloudformation.send(
    new cfn.DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }),
  )
  expect(detection.DetectionStatus).toBe('DETECTION_COMPLETE')
  const { StackResourceDrifts = [] } = await cloudformation.send(
    new cfn.DescribeStackResourceDriftsCommand({
      StackName,
      StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'],
    }),
  )
  return [
    `${detection.StackDriftStatus} ${detection.DriftedStackResourceCount}`,
    ...StackResourceDrifts.map((drift) => {
      const paths = (drift.PropertyDifferences ?? []).map(
        (each) => `${each.PropertyPath} ${each.DifferenceType}`,
      )
      return [drift.LogicalResourceId, drift.StackResourceDriftStatus, ...paths].join(' ')
    }),
  ]
}

test('tells a stack that is as its template says from one that somebody has changed', async () => {
  const clients = await createStackClients()
  const { cloudformation, ec2, iam, logs } = clients
  await clients.create('drifting', resources)
  const id = (logicalId: string) => clients.physicalId('drifting', logicalId)
  expect(await detect(clients, 'drifting')).toEqual(['IN_SYNC 0'])

  await ec2.send(
    new CreateTagsCommand({ Resources: [await id('Vpc')], Tags: [{ Key: 'team', Value: 'two' }] }),
  )
  await ec2.send(new DeleteSubnetCommand({ SubnetId: await id('Subnet') }))
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: await id('Group'),
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    }),
  )
  const RoleName = await id('Role')
  await iam.send(
    new UpdateAssumeRolePolicyCommand({
      RoleName,
      PolicyDocument: JSON.stringify(trust('eks.amazonaws.com')),
    }),
  )
  await iam.send(
    new DetachRolePolicyCommand({
      RoleName,
      PolicyArn: 'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy',
    }),
  )
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: await id('Logs'), retentionInDays: 30 }))
  expect(await detect(clients, 'drifting')).toEqual([
    'DRIFTED 5',
    'Group MODIFIED /SecurityGroupIngress/1 ADD',
    'Logs MODIFIED /RetentionInDays NOT_EQUAL',
    'Role MODIFIED /AssumeRolePolicyDocument/Statement/0/Principal/Service NOT_EQUAL /ManagedPolicyArns/0 REMOVE',
    'Subnet DELETED',
    'Vpc MODIFIED /Tags/0/Value NOT_EQUAL',
  ])

  const { Stacks } = await cloudformation.send(new cfn.DescribeStacksCommand({ StackName: 'drifting' }))
  expect(Stacks?.[0]?.DriftInformation).toMatchObject({ StackDriftStatus: 'DRIFTED' })
  const { StackResources = [] } = await cloudformation.send(
    new cfn.DescribeStackResourcesCommand({ StackName: 'drifting' }),
  )
  const shown = StackResources.map(
    (each) => `${each.LogicalResourceId} ${each.DriftInformation?.StackResourceDriftStatus}`,
  )
  // Nothing is behind this one that could drift.
  expect(shown).toContain('Metadata NOT_CHECKED')
  expect(shown).toContain('Subnet DELETED')
})

test('looks at one resource when asked for it', async () => {
  const clients = await createStackClients()
  const { cloudformation, eks, region } = clients
  const ask = (LogicalResourceId: string) =>
    cloudformation.send(new cfn.DetectStackResourceDriftCommand({ StackName: 'one', LogicalResourceId }))
  await clients.create('one', {
    Cluster: {
      Type: 'AWS::EKS::Cluster',
      Properties: {
        RoleArn: await region.role('cluster', 'eks.amazonaws.com'),
        ResourcesVpcConfig: { SubnetIds: region.subnetIds },
      },
    },
    Nodes: {
      Type: 'AWS::EKS::Nodegroup',
      Properties: {
        ClusterName: { Ref: 'Cluster' },
        NodeRole: await region.role('nodes', 'ec2.amazonaws.com'),
        Subnets: region.subnetIds,
        ScalingConfig: { MinSize: 0, MaxSize: 2, DesiredSize: '0' },
        Labels: { tier: 'web' },
        Taints: [{ Key: 'only', Value: 'web', Effect: 'NO_SCHEDULE' }],
      },
    },
    Metadata: resources.Metadata,
  })
  expect((await ask('Nodes')).StackResourceDrift).toMatchObject({ StackResourceDriftStatus: 'IN_SYNC' })
  const [clusterName, nodegroupName] = (await clients.physicalId('one', 'Nodes')).split('/')
  await eks.send(
    new UpdateNodegroupConfigCommand({
      clusterName,
      nodegroupName,
      scalingConfig: { minSize: 0, maxSize: 3, desiredSize: 0 },
      labels: { removeLabels: ['tier'] },
    }),
  )
  expect((await ask('Nodes')).StackResourceDrift?.PropertyDifferences).toEqual([
    {
      PropertyPath: '/ScalingConfig/MaxSize',
      ExpectedValue: '2',
      ActualValue: '3',
      DifferenceType: 'NOT_EQUAL',
    },
    { PropertyPath: '/Labels/tier', ExpectedValue: 'web', ActualValue: 'null', DifferenceType: 'REMOVE' },
  ])
  await expect(ask('Metadata')).rejects.toThrow('not supported for resource type AWS::CDK::Metadata')
  await expect(ask('Nobody')).rejects.toThrow('Resource Nobody does not exist for stack one')
})
