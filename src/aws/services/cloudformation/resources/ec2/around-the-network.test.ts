import type { DescribeVolumesResult, DescribeVpcsResult } from '@aws-sdk/client-ec2'
import type { LaunchConfigurationsType } from '@aws-sdk/client-auto-scaling'
import { expect, test } from 'vitest'

import { createStackRegion, type StackRegion } from '../../testing/stack-region.ts'

async function outputsOf(region: StackRegion, StackName: string): Promise<Record<string, string>> {
  type Answer = { Stacks?: { Outputs?: { OutputKey?: string; OutputValue?: string }[] }[] }
  const { Stacks = [] } = await region.call<Answer>('cloudformation', 'DescribeStacks', { StackName })
  return Object.fromEntries(
    (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  )
}

async function reasons(region: StackRegion, StackName: string): Promise<string[]> {
  type Answer = { StackEvents?: { ResourceStatusReason?: string; ResourceStatus?: string }[] }
  const { StackEvents = [] } = await region.call<Answer>('cloudformation', 'DescribeStackEvents', {
    StackName,
  })
  return StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('FAILED')).map(
    ({ ResourceStatusReason }) => ResourceStatusReason ?? '',
  )
}

const VPC_BLOCKS = { 'Fn::GetAtt': ['Vpc', 'Ipv6CidrBlocks'] }
const firstSubnet = {
  'Fn::Select': [0, { 'Fn::Cidr': [{ 'Fn::Select': [0, VPC_BLOCKS] }, 8, 64] }],
}
const network = {
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.8.0.0/16' } },
  Block: {
    Type: 'AWS::EC2::VPCCidrBlock',
    Properties: { VpcId: { Ref: 'Vpc' }, AmazonProvidedIpv6CidrBlock: true },
  },
  More: {
    Type: 'AWS::EC2::VPCCidrBlock',
    Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.9.0.0/16' },
  },
  Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.8.0.0/24' } },
  // As eksctl writes it: nothing says that it needs the block of the VPC.
  SubnetBlock: {
    Type: 'AWS::EC2::SubnetCidrBlock',
    Properties: { SubnetId: { Ref: 'Subnet' }, Ipv6CidrBlock: firstSubnet },
  },
  Gateway: { Type: 'AWS::EC2::EgressOnlyInternetGateway', Properties: { VpcId: { Ref: 'Vpc' } } },
  Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: { Ref: 'Vpc' } } },
  Route: {
    Type: 'AWS::EC2::Route',
    Properties: {
      RouteTableId: { Ref: 'Table' },
      DestinationIpv6CidrBlock: '::/0',
      EgressOnlyInternetGatewayId: { Ref: 'Gateway' },
    },
  },
  Options: { Type: 'AWS::EC2::DHCPOptions', Properties: { DomainName: 'corp', NtpServers: ['10.8.0.5'] } },
  Uses: {
    Type: 'AWS::EC2::VPCDHCPOptionsAssociation',
    Properties: { VpcId: { Ref: 'Vpc' }, DhcpOptionsId: { Ref: 'Options' } },
  },
}

test('a network with IPv6 blocks is made from what the VPC was given only then, and goes again', async () => {
  const region = await createStackRegion()
  const id = await region.create('s', {
    Resources: network,
    Outputs: { Subnet: { Value: firstSubnet }, Vpc: { Value: { Ref: 'Vpc' } } },
  })
  const stack = await region.settle(id)
  expect([stack.status, await reasons(region, 's')]).toEqual(['CREATE_COMPLETE', []])
  const { Vpcs = [] } = await region.call<DescribeVpcsResult>('ec2', 'DescribeVpcs', {
    Filters: [{ Name: 'cidr', Values: ['10.8.0.0/16'] }],
  })
  const block = Vpcs[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock ?? ''
  expect(block).toMatch(/::\/56$/)
  const outputs = await outputsOf(region, 's')
  expect(outputs['Subnet']).toBe(block.replace('/56', '/64'))
  expect(Vpcs[0]?.DhcpOptionsId).toMatch(/^dopt-/)
  expect(Vpcs[0]?.CidrBlockAssociationSet).toHaveLength(2)
  await region.call('cloudformation', 'DeleteStack', { StackName: id })
  expect((await region.settle(id)).status).toBe('DELETE_COMPLETE')
})

const launched = {
  Config: {
    Type: 'AWS::AutoScaling::LaunchConfiguration',
    Properties: {
      ImageId: 'ami-1',
      InstanceType: 't3.small',
    },
  },
  Group: {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    Properties: {
      MinSize: '0',
      MaxSize: '1',
      VPCZoneIdentifier: ['subnet-0a'],
      LaunchConfigurationName: { Ref: 'Config' },
    },
  },
}

test('a launch configuration is replaced under its group, and the old one goes', async () => {
  const region = await createStackRegion()
  await region.ec2.prepareNetwork({
    subnets: [{ id: 'subnet-0a', zone: 'ap-southeast-1a', public: false }],
  })
  region.runControllers()
  const id = await region.create('s', { Resources: launched })
  const stack = await region.settle(id)
  expect([stack.status, await reasons(region, 's')]).toEqual(['CREATE_COMPLETE', []])
  const configurations = async (): Promise<(string | undefined)[]> => {
    const { LaunchConfigurations = [] } = await region.call<LaunchConfigurationsType>(
      'autoscaling',
      'DescribeLaunchConfigurations',
      {},
    )
    return LaunchConfigurations.map(({ InstanceType }) => InstanceType)
  }
  const { Config } = launched
  const larger = { ...Config, Properties: { ...Config.Properties, InstanceType: 't3.medium' } }
  await region.update('s', { Resources: { ...launched, Config: larger } })
  expect((await region.settle(id)).status).toBe('UPDATE_COMPLETE')
  expect(await configurations()).toEqual(['t3.medium'])
  await region.call('cloudformation', 'DeleteStack', { StackName: id })
  expect((await region.settle(id)).status).toBe('DELETE_COMPLETE')
  expect(await configurations()).toEqual([])
})

test('a volume is attached to an instance, and let go of', async () => {
  const region = await createStackRegion()
  await region.ec2.prepareNetwork({
    subnets: [{ id: 'subnet-0a', zone: 'ap-southeast-1a', public: false }],
  })
  region.runControllers()
  const machine = {
    Machine: {
      Type: 'AWS::EC2::Instance',
      Properties: {
        ImageId: launched.Config.Properties.ImageId,
        InstanceType: 't3.small',
        SubnetId: 'subnet-0a',
      },
    },
    Disk: { Type: 'AWS::EC2::Volume', Properties: { AvailabilityZone: 'ap-southeast-1a', Size: 1 } },
  }
  const attached = {
    Type: 'AWS::EC2::VolumeAttachment',
    Properties: { VolumeId: { Ref: 'Disk' }, InstanceId: { Ref: 'Machine' }, Device: '/dev/sdf' },
  }
  const id = await region.create('s', { Resources: { ...machine, Attached: attached } })
  const stack = await region.settle(id)
  expect([stack.status, await reasons(region, 's')]).toEqual(['CREATE_COMPLETE', []])
  const devices = async (): Promise<(string | undefined)[]> => {
    const { Volumes = [] } = await region.call<DescribeVolumesResult>('ec2', 'DescribeVolumes', {
      Filters: [{ Name: 'size', Values: ['1'] }],
    })
    return Volumes.flatMap(({ Attachments = [] }) => Attachments.map(({ Device }) => Device))
  }
  expect(await devices()).toEqual(['/dev/sdf'])
  await region.update('s', { Resources: machine })
  expect((await region.settle(id)).status).toBe('UPDATE_COMPLETE')
  expect(await devices()).toEqual([])
})

test('an instance is called by its id where its subnet says so', async () => {
  const region = await createStackRegion()
  region.runControllers()
  const place = { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.8.0.0/24' }
  const id = await region.create('s', {
    Resources: {
      Vpc: network.Vpc,
      Subnet: {
        Type: 'AWS::EC2::Subnet',
        Properties: { ...place, PrivateDnsNameOptionsOnLaunch: { HostnameType: 'resource-name' } },
      },
      Machine: {
        Type: 'AWS::EC2::Instance',
        Properties: { ...launched.Config.Properties, SubnetId: { Ref: 'Subnet' } },
      },
    },
    Outputs: {
      Id: { Value: { Ref: 'Machine' } },
      Name: { Value: { 'Fn::GetAtt': ['Machine', 'PrivateDnsName'] } },
    },
  })
  const stack = await region.settle(id)
  expect([stack.status, await reasons(region, 's')]).toEqual(['CREATE_COMPLETE', []])
  const outputs = await outputsOf(region, 's')
  expect(outputs['Name']).toBe(`${outputs['Id']}.ap-southeast-1.compute.internal`)
})
