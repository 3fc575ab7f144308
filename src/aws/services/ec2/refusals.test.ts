// What EC2 refuses, operation by operation, with the codes that clients branch on.
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

const SUBNET = 'subnet-04a7c6e7e1589c953'
const ONE = { MinCount: 1, MaxCount: 1, ImageId: 'ami-1', InstanceType: 't3.micro', SubnetId: SUBNET }
const TAG = { Key: 'k', Value: 'v' }

async function place() {
  const region = await createTestRegion()
  const { vpcId } = await region.ec2.prepareNetwork({
    subnets: [{ id: SUBNET, zone: 'ap-southeast-1a', public: false }],
  })
  const list = async (operation: string, member: string, id: string): Promise<string> => {
    const answer = await region.endpoint.caller.call<Record<string, Record<string, string>[]>>(
      'ec2',
      operation,
      {},
    )
    return answer[member]?.[0]?.[id] ?? ''
  }
  return {
    call: (operation: string, input: object) => region.endpoint.caller.call('ec2', operation, input),
    ids: {
      VPC: vpcId,
      IGW: await list('DescribeInternetGateways', 'InternetGateways', 'InternetGatewayId'),
      EIP: await list('DescribeAddresses', 'Addresses', 'AllocationId'),
      RTB: await tableOf(region.endpoint.caller, 'association.subnet-id', SUBNET),
      MAIN: await tableOf(region.endpoint.caller, 'association.main', 'true'),
      ENI: await list('DescribeNetworkInterfaces', 'NetworkInterfaces', 'NetworkInterfaceId'),
    } as Readonly<Record<string, string>>,
  }
}

async function tableOf(
  caller: { call<T>(...args: [string, string, object]): Promise<T> },
  Name: string,
  value: string,
): Promise<string> {
  const Filters = [{ Name, Values: [value] }]
  type Answer = { RouteTables?: { RouteTableId?: string }[] }
  const { RouteTables } = await caller.call<Answer>('ec2', 'DescribeRouteTables', { Filters })
  return RouteTables?.[0]?.RouteTableId ?? ''
}

// Upper-case words stand for the ids of the prepared network.
test.each<[string, object, string]>([
  ['CreateVolume', { AvailabilityZone: 'mars-1a', Size: 1 }, 'InvalidZone.NotFound'],
  ['CreateVolume', { AvailabilityZone: 'ap-southeast-1a' }, 'MissingParameter'],
  ['CreateVolume', { AvailabilityZone: 'ap-southeast-1a', Size: 0 }, 'InvalidParameterValue'],
  [
    'CreateVolume',
    { AvailabilityZone: 'ap-southeast-1a', Size: 20_000, VolumeType: 'gp2' },
    'InvalidParameterValue',
  ],
  [
    'CreateVolume',
    { AvailabilityZone: 'ap-southeast-1a', Size: 1, VolumeType: 'gp9' },
    'InvalidParameterValue',
  ],
  ...[{ KmsKeyId: 'key' }, { VolumeType: 'gp2', Throughput: 200 }].map((more): [string, object, string] => [
    'CreateVolume',
    { AvailabilityZone: 'ap-southeast-1a', Size: 1, ...more },
    'InvalidParameterDependency',
  ]),
  ...[[{ Tags: [TAG] }], [{ ResourceType: 'volume' }], [{ ResourceType: 'snapshot', Tags: [TAG] }]].map(
    (TagSpecifications): [string, object, string] => [
      'CreateVolume',
      { AvailabilityZone: 'ap-southeast-1a', Size: 1, TagSpecifications },
      'InvalidParameterValue',
    ],
  ),
  ['DeleteVolume', { VolumeId: 'vol-0123456789abcdef0' }, 'InvalidVolume.NotFound'],
  ['CreateVpc', { CidrBlock: '10.0.0.0/8' }, 'InvalidVpc.Range'],
  ['CreateSubnet', { VpcId: 'VPC', CidrBlock: '10.1.0.0/20' }, 'InvalidSubnet.Range'],
  ['CreateSubnet', { VpcId: 'VPC', CidrBlock: '10.0.0.0/24' }, 'InvalidSubnet.Conflict'],
  ['CreateSubnet', { VpcId: 'vpc-1', CidrBlock: '10.0.0.0/24' }, 'InvalidVpcID.NotFound'],
  [
    'CreateSubnet',
    { VpcId: 'VPC', CidrBlock: '10.0.99.0/24', AvailabilityZone: 'eu-west-1a' },
    'InvalidParameterValue',
  ],
  // Accepted and forgotten before operations declared their members.
  ['CreateSubnet', { VpcId: 'VPC', CidrBlock: '10.0.99.0/24', Ipv4NetmaskLength: 24 }, 'NotImplemented'],
  ['RunInstances', { MinCount: 1, MaxCount: 1, KernelId: 'aki-1' }, 'NotImplemented'],
  [
    'RunInstances',
    { MinCount: 1, MaxCount: 1, InstanceMarketOptions: { SpotOptions: { MaxPrice: '1' } } },
    'NotImplemented',
  ],
  ['RunInstances', { ...ONE, ImageId: 'image' }, 'InvalidAMIID.Malformed'],
  ['RunInstances', { ...ONE, KeyName: 'nobodys' }, 'InvalidKeyPair.NotFound'],
  ['RunInstances', { ...ONE, IamInstanceProfile: { Name: 'none' } }, 'InvalidParameterValue'],
  ['RunInstances', { ...ONE, BlockDeviceMappings: [{ DeviceName: '/dev/sdb' }] }, 'MissingParameter'],
  [
    'RunInstances',
    { ...ONE, BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: {} }] },
    'MissingParameter',
  ],
  [
    'RunInstances',
    { ...ONE, BlockDeviceMappings: [{ DeviceName: '/dev/sdb', NoDevice: 'yes' }] },
    'InvalidRequest',
  ],
  ...[{ SubnetId: SUBNET }, { SecurityGroupIds: ['sg-1'] }].map((more): [string, object, string] => [
    'RunInstances',
    { ...ONE, ...more, NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: SUBNET }] },
    'InvalidParameterCombination',
  ]),
  ['RunInstances', { MinCount: 1, MaxCount: 1, HibernationOptions: { Configured: true } }, 'NotImplemented'],
  [
    'RunInstances',
    { MinCount: 1, MaxCount: 1, NetworkInterfaces: [{ DeviceIndex: 0, Ipv6AddressCount: 1 }] },
    'NotImplemented',
  ],
  [
    'CreateLaunchTemplate',
    { LaunchTemplateName: 'web', LaunchTemplateData: { EnclaveOptions: { Enabled: true } } },
    'NotImplemented',
  ],
  ['DeleteSubnet', { SubnetId: 'subnet-1' }, 'InvalidSubnetID.NotFound'],
  ['AttachInternetGateway', { InternetGatewayId: 'IGW', VpcId: 'VPC' }, 'Resource.AlreadyAssociated'],
  ['DetachInternetGateway', { InternetGatewayId: 'IGW', VpcId: 'vpc-1' }, 'Gateway.NotAttached'],
  ['DescribeInternetGateways', { InternetGatewayIds: ['igw-1'] }, 'InvalidInternetGatewayID.NotFound'],
  ['ReleaseAddress', { AllocationId: 'EIP' }, 'InvalidIPAddress.InUse'],
  ['ReleaseAddress', { AllocationId: 'eipalloc-1' }, 'InvalidAllocationID.NotFound'],
  ['ReleaseAddress', {}, 'MissingParameter'],
  ['DescribeAddresses', { PublicIps: ['256.256.256.256'] }, 'InvalidAddress.NotFound'],
  ['CreateNatGateway', { SubnetId: SUBNET, AllocationId: 'EIP' }, 'Resource.AlreadyAssociated'],
  ['DeleteNatGateway', { NatGatewayId: 'nat-1' }, 'NatGatewayNotFound'],
  [
    'CreateRoute',
    { RouteTableId: 'RTB', DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'IGW' },
    'RouteAlreadyExists',
  ],
  [
    'CreateRoute',
    { RouteTableId: 'RTB', DestinationCidrBlock: '1.0.0.0/8', TransitGatewayId: 'tgw-1' },
    'NotImplemented',
  ],
  [
    'CreateRoute',
    { RouteTableId: 'RTB', DestinationCidrBlock: '1000.0.0.0/8', GatewayId: 'IGW' },
    'InvalidParameterValue',
  ],
  ...(
    [
      [{ AssociationId: 'rtbassoc-1', RouteTableId: 'RTB' }, 'InvalidAssociationID.NotFound'],
      [{ AssociationId: 'rtbassoc-1', RouteTableId: 'rtb-1' }, 'InvalidAssociationID.NotFound'],
    ] as const
  ).map(([input, code]): [string, object, string] => ['ReplaceRouteTableAssociation', input, code]),
  ['DeleteRoute', { RouteTableId: 'RTB', DestinationCidrBlock: '1.0.0.0/8' }, 'InvalidRoute.NotFound'],
  ['DeleteRouteTable', { RouteTableId: 'RTB' }, 'DependencyViolation'],
  ['AssociateRouteTable', { RouteTableId: 'MAIN', SubnetId: SUBNET }, 'Resource.AlreadyAssociated'],
  ['DisassociateRouteTable', { AssociationId: 'rtbassoc-1' }, 'InvalidAssociationID.NotFound'],
  ['DeleteNetworkInterface', { NetworkInterfaceId: 'ENI' }, 'InvalidParameterValue'],
  ['DeleteNetworkInterface', { NetworkInterfaceId: 'eni-1' }, 'InvalidNetworkInterfaceID.NotFound'],
  ['CreateNetworkInterface', { SubnetId: SUBNET, Groups: ['sg-1'] }, 'InvalidGroup.NotFound'],
  ['CreateNetworkInterface', { SubnetId: SUBNET, PrivateIpAddress: '10.0.0.1' }, 'InvalidParameterValue'],
  ['AssignPrivateIpAddresses', { NetworkInterfaceId: 'ENI', Ipv4PrefixCount: 1 }, 'NotImplemented'],
  ['DescribeInstances', { InstanceIds: ['i-1'] }, 'InvalidInstanceID.NotFound'],
  ['DescribeInstanceTypes', { InstanceTypes: ['z9.tiny'] }, 'InvalidInstanceType'],
  ['DescribeKeyPairs', { KeyNames: ['me'] }, 'InvalidKeyPair.NotFound'],
  ['DescribeAvailabilityZones', { ZoneNames: ['eu-west-1a'] }, 'InvalidParameterValue'],
  ['CreateTags', { Resources: ['ami-blah'], Tags: [TAG] }, 'InvalidID'],
  [
    'CreateTags',
    { Resources: ['VPC'], Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `${index}`, Value: '' })) },
    'TagLimitExceeded',
  ],
  ['CreateSecurityGroup', { GroupName: 'g', Description: '', VpcId: 'VPC' }, 'MissingParameter'],
  [
    'DescribeSecurityGroupRules',
    { Filters: [{ Name: 'group-id', Values: ['foobar'] }] },
    'InvalidGroupId.Malformed',
  ],
  ['DescribeLaunchTemplateVersions', { Versions: ['1'] }, 'InvalidParameterValue'],
  [
    'ModifyLaunchTemplate',
    { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'name', DefaultVersion: '2' },
    'InvalidParameterCombination',
  ],
  ['CreateTags', { Resources: ['VPC'], Tags: [{ Key: 'aws:x', Value: 'y' }] }, 'InvalidParameterValue'],
])('%s %o: %s', async (operation, input, code) => {
  const { call, ids } = await place()
  const named = (value: unknown): unknown => (typeof value === 'string' ? (ids[value] ?? value) : value)
  const real = Object.entries(input).map(([key, value]: [string, unknown]) => {
    return [key, Array.isArray(value) ? value.map(named) : named(value)] as const
  })
  await expect(call(operation, Object.fromEntries(real))).rejects.toMatchObject({ code })
})
