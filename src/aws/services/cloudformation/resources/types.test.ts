import * as cfn from '@aws-sdk/client-cloudformation'
import {
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  DescribeKeyPairsCommand,
} from '@aws-sdk/client-ec2'
import {
  DescribePodIdentityAssociationCommand,
  ListPodIdentityAssociationsCommand,
} from '@aws-sdk/client-eks'
import { GetUserPolicyCommand, ListGroupsForUserCommand, ListUsersCommand } from '@aws-sdk/client-iam'
import type * as kms from '@aws-sdk/client-kms'
import { expect, test } from 'vitest'

import { createElbv2 } from '../../elbv2/index.ts'
import { FakePlane } from '../../elbv2/testing/elb-stage.ts'
import { createStackClients, type StackClients } from '../testing/stack-clients.ts'

const reading = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ec2:Describe*', Resource: '*' }],
}

/** The outputs of a stack whose template has more than resources. */
async function outputsOf(
  clients: StackClients,
  name: string,
  template: object,
): Promise<Record<string, string | undefined>> {
  const TemplateBody = JSON.stringify(template)
  const stack = await clients.create(name, {}, { TemplateBody })
  expect([stack.StackStatus, stack.StackStatusReason, await failures(clients, name)]).toEqual([
    'CREATE_COMPLETE',
    undefined,
    [],
  ])
  return Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  )
}

async function failures(clients: StackClients, name: string): Promise<string[]> {
  return (await clients.events(name)).filter((event) => event.includes('FAILED'))
}

async function driftOf(clients: StackClients, StackName: string): Promise<string | undefined> {
  await clients.cloudformation.send(new cfn.DetectStackDriftCommand({ StackName }))
  const { StackResourceDrifts = [] } = await clients.cloudformation.send(
    new cfn.DescribeStackResourceDriftsCommand({ StackName }),
  )
  return StackResourceDrifts.filter(({ StackResourceDriftStatus: status }) => status !== 'IN_SYNC')
    .map(({ LogicalResourceId, PropertyDifferences }) =>
      JSON.stringify([LogicalResourceId, PropertyDifferences]),
    )
    .join()
}

function instanceTemplate(subnetId: string, groupNames: readonly string[], stage: string): object {
  const groups = Object.fromEntries(
    ['One', 'Two'].map((name) => [
      name,
      {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: { GroupDescription: name, VpcId: { Ref: 'Vpc' } },
      },
    ]),
  )
  return {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.6.0.0/16' } },
    Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.6.0.0/24' } },
    ...groups,
    Key: { Type: 'AWS::EC2::KeyPair', Properties: { KeyName: 'bastion', KeyType: 'ed25519' } },
    Bastion: {
      Type: 'AWS::EC2::Instance',
      Properties: {
        ImageId: subnetId,
        InstanceType: 't3.micro',
        KeyName: { Ref: 'Key' },
        SubnetId: { Ref: 'Subnet' },
        SecurityGroupIds: groupNames.map((name) => ({ 'Fn::GetAtt': [name, 'GroupId'] })),
        UserData: { 'Fn::Base64': '#!/bin/sh' },
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30, VolumeType: 'gp3' } }],
        Tags: [{ Key: 'stage', Value: stage }],
      },
    },
  }
}

test('an instance starts with what the template says, takes other groups and tags in place, and goes', async () => {
  const clients = await createStackClients()
  const template = instanceTemplate('ami-0abcdef1234567890', ['One'], 'test')
  const outputs = await outputsOf(clients, 'bastion', {
    Resources: template,
    Outputs: {
      Ip: { Value: { 'Fn::GetAtt': ['Bastion', 'PrivateIp'] } },
      Id: { Value: { Ref: 'Bastion' } },
      KeyId: { Value: { 'Fn::GetAtt': ['Key', 'KeyPairId'] } },
    },
  })
  const look = async () => {
    const { Reservations } = await clients.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [outputs['Id'] ?? ''] }),
    )
    return Reservations?.[0]?.Instances?.[0]
  }
  expect(await look()).toMatchObject({
    InstanceType: 't3.micro',
    KeyName: 'bastion',
    PrivateIpAddress: outputs['Ip'],
    State: { Name: 'running' },
  })
  const { Volumes } = await clients.ec2.send(new DescribeVolumesCommand({}))
  expect(Volumes?.map(({ Size, VolumeType }) => [Size, VolumeType])).toEqual([[30, 'gp3']])
  const { Parameter } = await clients.region.call<{ Parameter: { Value: string } }>('ssm', 'GetParameter', {
    Name: `/ec2/keypair/${outputs['KeyId']}`,
    WithDecryption: true,
  })
  expect(Parameter.Value).toMatch(/^-----BEGIN/)

  const changed = instanceTemplate('ami-0abcdef1234567890', ['One', 'Two'], 'live')
  expect(await clients.changes('bastion', changed)).toEqual([
    'Bastion Modify False SecurityGroupIds:Never Tags:Never',
  ])
  expect((await clients.update('bastion', changed)).StackStatus).toBe('UPDATE_COMPLETE')
  const after = await look()
  expect(after?.SecurityGroups?.length).toBe(2)
  expect(after?.Tags).toContainEqual({ Key: 'stage', Value: 'live' })
  expect(await driftOf(clients, 'bastion')).toBe('')

  expect((await clients.remove('bastion')).StackStatus).toBe('DELETE_COMPLETE')
  expect((await look())?.State?.Name).toBe('terminated')
  expect((await clients.ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs).toEqual([])
})

test('people, their keys, groups and policies are made, changed and removed', async () => {
  const clients = await createStackClients()
  const template = (action: string, members: readonly string[]) => ({
    Developers: {
      Type: 'AWS::IAM::Group',
      Properties: {
        GroupName: 'developers',
        Policies: [{ PolicyName: 'inline', PolicyDocument: reading }],
      },
    },
    Ada: {
      Type: 'AWS::IAM::User',
      Properties: {
        UserName: 'ada',
        LoginProfile: { Password: 'correct-Horse-7', PasswordResetRequired: true },
        Tags: [{ Key: 'team', Value: 'platform' }],
      },
    },
    Bob: { Type: 'AWS::IAM::User', Properties: { Groups: [{ Ref: 'Developers' }] } },
    Members: {
      Type: 'AWS::IAM::UserToGroupAddition',
      Properties: { GroupName: { Ref: 'Developers' }, Users: members.map((name) => ({ Ref: name })) },
    },
    Own: {
      Type: 'AWS::IAM::UserPolicy',
      Properties: {
        UserName: { Ref: 'Ada' },
        PolicyName: 'own',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
        },
      },
    },
    Shared: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { PolicyDocument: reading, Users: [{ Ref: 'Ada' }], Groups: [{ Ref: 'Developers' }] },
    },
    Key: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'Ada' } } },
  })
  const outputs = await outputsOf(clients, 'people', {
    Resources: template('s3:GetObject', ['Ada']),
    Outputs: {
      Id: { Value: { Ref: 'Key' } },
      Secret: { Value: { 'Fn::GetAtt': ['Key', 'SecretAccessKey'] } },
    },
  })
  expect(outputs).toMatchObject({
    Id: expect.stringMatching(/^AKIA/),
    Secret: expect.stringMatching(/^.{40}$/),
  })
  const groupsOfAda = async () => {
    const { Groups = [] } = await clients.iam.send(new ListGroupsForUserCommand({ UserName: 'ada' }))
    return Groups.map(({ GroupName }) => GroupName)
  }
  expect(await groupsOfAda()).toEqual(['developers'])

  expect((await clients.update('people', template('s3:PutObject', ['Bob']))).StackStatus).toBe(
    'UPDATE_COMPLETE',
  )
  expect(await groupsOfAda()).toEqual([])
  const { PolicyDocument = '' } = await clients.iam.send(
    new GetUserPolicyCommand({ UserName: 'ada', PolicyName: 'own' }),
  )
  expect(decodeURIComponent(PolicyDocument)).toContain('s3:PutObject')
  expect(await driftOf(clients, 'people')).toBe('')

  expect((await clients.remove('people')).StackStatus).toBe('DELETE_COMPLETE')
  const { Users = [] } = await clients.iam.send(new ListUsersCommand({}))
  expect(Users.map(({ UserName }) => UserName)).toEqual(['neargate'])
})

test('users and access keys take a capability like roles', async () => {
  const clients = await createStackClients()
  const refused = clients.create('people', { User: { Type: 'AWS::IAM::User' } }, { Capabilities: [] })
  await expect(refused).rejects.toThrow('Requires capabilities : [CAPABILITY_IAM]')
  const named = { User: { Type: 'AWS::IAM::User', Properties: { UserName: 'ada' } } }
  await expect(clients.create('people', named, { Capabilities: ['CAPABILITY_IAM'] })).rejects.toThrow(
    'Requires capabilities : [CAPABILITY_NAMED_IAM]',
  )
})

test('keys change in place, aliases move, and a removed key waits', async () => {
  const clients = await createStackClients()
  const template = (Description: string, target: string) => ({
    One: {
      Type: 'AWS::KMS::Key',
      Properties: { Description, EnableKeyRotation: true, PendingWindowInDays: 7 },
    },
    Two: { Type: 'AWS::KMS::Key', Properties: { Enabled: false } },
    Alias: {
      Type: 'AWS::KMS::Alias',
      Properties: { AliasName: 'alias/secrets', TargetKeyId: { Ref: target } },
    },
  })
  await outputsOf(clients, 'keys', { Resources: template('first', 'One') })
  const changed = template('second', 'One')
  expect(await clients.changes('keys', changed)).toEqual(['One Modify False Description:Never'])
  expect((await clients.update('keys', changed)).StackStatus).toBe('UPDATE_COMPLETE')
  const { KeyMetadata } = await clients.region.call<kms.DescribeKeyResponse>('kms', 'DescribeKey', {
    KeyId: 'alias/secrets',
  })
  expect(KeyMetadata).toMatchObject({ Description: 'second', Enabled: true })
  expect(await driftOf(clients, 'keys')).toBe('')
  expect((await clients.remove('keys')).StackStatus).toBe('DELETE_COMPLETE')
  const { KeyMetadata: left } = await clients.region.call<kms.DescribeKeyResponse>('kms', 'DescribeKey', {
    KeyId: KeyMetadata?.KeyId,
  })
  expect(left?.KeyState).toBe('PendingDeletion')
})

test('pod identity associations take another role in place', async () => {
  const clients = await createStackClients()
  const { region } = clients
  const role = (name: string) => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: name,
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: ['sts:AssumeRole', 'sts:TagSession'],
            Principal: { Service: 'pods.eks.amazonaws.com' },
          },
        ],
      },
    },
  })
  const template = (name: string) => ({
    One: role('one'),
    Two: role('two'),
    Association: {
      Type: 'AWS::EKS::PodIdentityAssociation',
      Properties: {
        ClusterName: 'demo',
        Namespace: 'web',
        ServiceAccount: 'api',
        RoleArn: { 'Fn::GetAtt': [name, 'Arn'] },
      },
    },
  })
  await region.call('eks', 'CreateCluster', {
    name: 'demo',
    roleArn: await region.role('cluster', 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds: region.subnetIds },
  })
  await region.until(() => region.eks.tables.clusters.get('demo')?.cluster.status === 'ACTIVE')
  await outputsOf(clients, 'pods', { Resources: template('One') })
  const arn = await clients.physicalId('pods', 'Association')
  expect((await clients.update('pods', template('Two'))).StackStatus).toBe('UPDATE_COMPLETE')
  const { association } = await clients.eks.send(
    new DescribePodIdentityAssociationCommand({ clusterName: 'demo', associationId: arn.split('/').at(-1) }),
  )
  expect(association?.roleArn).toMatch(/role\/two$/)
  expect((await clients.remove('pods')).StackStatus).toBe('DELETE_COMPLETE')
  const { associations } = await clients.eks.send(
    new ListPodIdentityAssociationsCommand({ clusterName: 'demo' }),
  )
  expect(associations).toEqual([])
})

test('a load balancer, its target group and listener are made, changed in place and removed', async () => {
  const clients = await createStackClients()
  const { region } = clients
  const plane = new FakePlane()
  const elb = createElbv2(region.deps, { plane, ingress: region.ec2.ingress })
  region.services.push(elb.service)
  region.run(elb.controllers)
  const template = (interval: number, stage: string) => ({
    Balancer: {
      Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      Properties: {
        Type: 'network',
        Scheme: 'internal',
        Subnets: region.subnetIds,
        Tags: [{ Key: 'stage', Value: stage }],
      },
    },
    Targets: {
      Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      Properties: {
        Protocol: 'TCP',
        Port: 80,
        TargetType: 'ip',
        VpcId: region.vpcId,
        HealthCheckIntervalSeconds: interval,
        Targets: [{ Id: '10.0.0.77', Port: 8080 }],
      },
    },
    Listener: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: {
        LoadBalancerArn: { Ref: 'Balancer' },
        Protocol: 'TCP',
        Port: 80,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: 'Targets' } }],
      },
    },
  })
  const outputs = await outputsOf(clients, 'web', {
    Resources: template(30, 'test'),
    Outputs: {
      Name: { Value: { 'Fn::GetAtt': ['Balancer', 'DNSName'] } },
      Full: { Value: { 'Fn::GetAtt': ['Balancer', 'LoadBalancerFullName'] } },
    },
  })
  expect(outputs).toMatchObject({
    Name: expect.stringMatching(/^web-balancer-/),
    Full: expect.stringMatching(/^net\//),
  })
  expect((await clients.update('web', template(10, 'live'))).StackStatus).toBe('UPDATE_COMPLETE')
  expect([...plane.groups.values()].map(({ healthCheck }) => healthCheck.intervalSeconds)).toEqual([10])
  expect(await driftOf(clients, 'web')).toBe('')
  expect((await clients.remove('web')).StackStatus).toBe('DELETE_COMPLETE')
  // The plane follows the records.
  await expect.poll(() => [plane.balancers.size, plane.groups.size]).toEqual([0, 0])
})

test('a bucket and a repository have what the template says, and lose it with the template', async () => {
  const clients = await createStackClients()
  const { region } = clients
  const template = (properties: object, repository: object) => ({
    Assets: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'assets', ...properties } },
    Policy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: { Bucket: { Ref: 'Assets' }, PolicyDocument: { Version: '2012-10-17', Statement: [] } },
    },
    Images: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: 'images', ...repository } },
  })
  const full = template(
    {
      VersioningConfiguration: { Status: 'Enabled' },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
      },
      LifecycleConfiguration: {
        Rules: [{ Id: 'old', Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 30 } }],
      },
      Tags: [{ Key: 'team', Value: 'platform' }],
    },
    { ImageTagMutability: 'IMMUTABLE', RepositoryPolicyText: { Version: '2012-10-17', Statement: [] } },
  )
  const outputs = await outputsOf(clients, 'assets', {
    Resources: full,
    Outputs: {
      Domain: { Value: { 'Fn::GetAtt': ['Assets', 'RegionalDomainName'] } },
      Uri: { Value: { 'Fn::GetAtt': ['Images', 'RepositoryUri'] } },
    },
  })
  expect(outputs).toEqual({
    Domain: 'assets.s3.ap-southeast-1.amazonaws.com',
    Uri: '111122223333.dkr.ecr.ap-southeast-1.amazonaws.com/images',
  })
  const bucket = async (operation: string): Promise<unknown> => {
    const answer = region.call<object>('s3', operation, { Bucket: 'assets' })
    return await answer.catch((error: { code: string }) => error.code)
  }
  expect(await bucket('GetBucketVersioning')).toEqual({ Status: 'Enabled' })
  expect(await bucket('GetBucketLifecycleConfiguration')).toMatchObject({
    Rules: [{ ID: 'old', NoncurrentVersionExpiration: { NoncurrentDays: 30 } }],
  })
  expect(await driftOf(clients, 'assets')).toBe('')

  expect((await clients.update('assets', template({}, {}))).StackStatus).toBe('UPDATE_COMPLETE')
  expect(await bucket('GetBucketLifecycleConfiguration')).toBe('NoSuchLifecycleConfiguration')
  expect(await bucket('GetBucketEncryption')).toMatchObject({
    ServerSideEncryptionConfiguration: {
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
  })
  expect((await clients.remove('assets')).StackStatus).toBe('DELETE_COMPLETE')
  expect(await bucket('HeadBucket')).toBe('NoSuchBucket')
})
