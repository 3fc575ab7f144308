import type {
  CreateSecurityGroupResult,
  DescribeInstancesResult,
  DescribeNetworkInterfacesResult,
  DescribeSecurityGroupsResult,
  Reservation,
} from '@aws-sdk/client-ec2'
import { describe, expect, test, vi } from 'vitest'

import { isAwsCode } from '../../../base/errors.ts'
import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { createTestRegion, type TestRegion } from '../../testing/test-region.ts'

const SUBNET = 'subnet-04a7c6e7e1589c953'

interface Place extends TestRegion {
  readonly vpcId: string
  readonly call: <T>(operation: string, input?: object) => Promise<T>
}

async function place(options?: Parameters<typeof createTestRegion>[0]): Promise<Place> {
  const region = await createTestRegion(options)
  const { vpcId } = await region.ec2.prepareNetwork({
    subnets: [{ id: SUBNET, zone: 'ap-southeast-1a', public: false }],
  })
  const call: Place['call'] = (operation, input = {}) => region.endpoint.caller.call('ec2', operation, input)
  return { ...region, vpcId, call }
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => (error as { code?: unknown }).code,
  )
}

describe('security groups', () => {
  async function group(at: Place, GroupName = 'lb'): Promise<string> {
    const made = await at.call<CreateSecurityGroupResult>('CreateSecurityGroup', {
      GroupName,
      Description: 'd',
      VpcId: at.vpcId,
      TagSpecifications: [
        { ResourceType: 'security-group', Tags: [{ Key: 'elbv2.k8s.aws/cluster', Value: 'c' }] },
      ],
    })
    return made.GroupId ?? ''
  }
  const tcp80 = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }

  // The codes that the load balancer controller branches on.
  test('answer with the codes that clients branch on', async () => {
    const at = await place()
    const GroupId = await group(at)
    const input = { GroupId, IpPermissions: [tcp80] }
    await at.call('AuthorizeSecurityGroupIngress', input)
    expect(await codeOf(at.call('AuthorizeSecurityGroupIngress', input))).toBe('InvalidPermission.Duplicate')
    await at.call('RevokeSecurityGroupIngress', input)
    expect(await codeOf(at.call('RevokeSecurityGroupIngress', input))).toBe('InvalidPermission.NotFound')
    expect(await codeOf(group(at))).toBe('InvalidGroup.Duplicate')
    expect(await codeOf(at.call('DescribeSecurityGroups', { GroupIds: ['sg-1'] }))).toBe(
      'InvalidGroup.NotFound',
    )
    const many = Array.from({ length: 61 }, (_, port) => ({ ...tcp80, FromPort: port, ToPort: port }))
    expect(await codeOf(at.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: many }))).toBe(
      'RulesPerSecurityGroupLimitExceeded',
    )
  })

  test('compare rules without their descriptions and show what they hold', async () => {
    const at = await place()
    const GroupId = await group(at)
    const described = { ...tcp80, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'first' }] }
    await at.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [described] })
    expect(await codeOf(at.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [tcp80] }))).toBe(
      'InvalidPermission.Duplicate',
    )
    const found = await at.call<DescribeSecurityGroupsResult>('DescribeSecurityGroups', {
      Filters: [
        { Name: 'vpc-id', Values: [at.vpcId] },
        { Name: 'tag:elbv2.k8s.aws/cluster', Values: ['c'] },
      ],
    })
    expect(found.SecurityGroups).toMatchObject([
      {
        GroupId,
        IpPermissions: [
          { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ Description: 'first' }] },
        ],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ])
  })

  test('stay while something uses them', async () => {
    const at = await place()
    const [GroupId, other] = [await group(at), await group(at, 'other')]
    const pair = [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }]
    await at.call('AuthorizeSecurityGroupIngress', { GroupId: other, IpPermissions: pair })
    expect(await codeOf(at.call('DeleteSecurityGroup', { GroupId }))).toBe('DependencyViolation')
    await at.call('RevokeSecurityGroupIngress', { GroupId: other, IpPermissions: pair })
    const eni = await at.ec2.interfaces.create({ subnetId: SUBNET, description: '', groupIds: [GroupId] })
    expect(await codeOf(at.call('DeleteSecurityGroup', { GroupId }))).toBe('DependencyViolation')
    await at.ec2.interfaces.remove(eni.id)
    await at.call('DeleteSecurityGroup', { GroupId })
    expect(await codeOf(at.call('DeleteSecurityGroup', { GroupId }))).toBe('InvalidGroup.NotFound')
  })
})

describe('network interfaces', () => {
  test('never share an address, and keep off the reserved ones', async () => {
    const at = await place()
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        at.ec2.interfaces.create({ subnetId: SUBNET, description: `pod ${index}`, groupIds: [] }),
      ),
    )
    const ips = made.map(({ primaryIp }) => primaryIp)
    expect(new Set(ips).size).toBe(20)
    expect(ips.toSorted()).toContain('10.0.0.4')
    expect(ips.some((ip) => /^10\.0\.0\.[0-3]$/.test(ip))).toBe(false)
  })

  test('run out when the subnet does', async () => {
    const at = await place()
    await at.call('CreateSubnet', {
      VpcId: at.vpcId,
      CidrBlock: '10.0.240.0/28',
      AvailabilityZone: 'ap-southeast-1b',
    })
    const { Subnets = [] } = await at.call<{
      Subnets?: { SubnetId?: string; AvailableIpAddressCount?: number }[]
    }>('DescribeSubnets', { Filters: [{ Name: 'cidr-block', Values: ['10.0.240.0/28'] }] })
    expect(Subnets[0]?.AvailableIpAddressCount).toBe(11)
    const create = () =>
      at.ec2.interfaces.create({ subnetId: Subnets[0]?.SubnetId ?? '', description: '', groupIds: [] })
    const made = await Promise.allSettled(Array.from({ length: 12 }, create))
    const refused = made.filter((each) => each.status === 'rejected')
    expect(refused).toHaveLength(1)
    expect(isAwsCode(refused[0]?.reason, 'InsufficientFreeAddressesInSubnet')).toBe(true)
    const there = made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    await at.ec2.interfaces.remove(there[4]?.id ?? '')
    expect((await create()).primaryIp).toBe(there[4]?.primaryIp)
  })

  test('are found by any of their addresses', async () => {
    const at = await place()
    const eni = await at.ec2.interfaces.create({
      subnetId: SUBNET,
      description: 'ELB net/x/1',
      groupIds: [],
      requesterId: 'amazon-elb',
    })
    const found = await at.call<DescribeNetworkInterfacesResult>('DescribeNetworkInterfaces', {
      Filters: [
        { Name: 'vpc-id', Values: [at.vpcId] },
        { Name: 'addresses.private-ip-address', Values: [eni.primaryIp] },
        { Name: 'requester-managed', Values: ['true'] },
      ],
    })
    expect(found.NetworkInterfaces).toMatchObject([
      {
        NetworkInterfaceId: eni.id,
        Description: 'ELB net/x/1',
        RequesterId: 'amazon-elb',
        Groups: [{ GroupName: 'default' }],
      },
    ])
  })
})

describe('instances', () => {
  const launch = { MinCount: 1, MaxCount: 1, ImageId: 'ami-1', InstanceType: 't3.xlarge', SubnetId: SUBNET }

  test('pass through the states, and give everything back', async () => {
    const at = await place()
    at.runControllers()
    const { Instances = [] } = await at.call<Reservation>('RunInstances', launch)
    const id = Instances[0]?.InstanceId ?? ''
    expect(Instances[0]).toMatchObject({
      State: { Code: 0, Name: 'pending' },
      PrivateDnsName: 'ip-10-0-0-4.ap-southeast-1.compute.internal',
      PrivateIpAddress: '10.0.0.4',
      Placement: { AvailabilityZone: 'ap-southeast-1a' },
    })
    await vi.waitFor(() => expect(at.ec2.instances.get(id)?.state).toBe('running'))
    const ip = await at.ec2.addresses.assignSecondary(id)
    expect(at.ec2.interfaces.list().find(({ secondaryIps }) => secondaryIps.includes(ip))).toBeDefined()
    await at.call('TerminateInstances', { InstanceIds: [id] })
    await vi.waitFor(() => expect(at.ec2.instances.get(id)?.state).toBe('terminated'))
    expect(at.ec2.interfaces.list().some(({ attachment }) => attachment?.instanceId === id)).toBe(false)
    expect(await at.call('DescribeVolumes')).toEqual({ Volumes: [], NextToken: undefined })
    await at.ec2.addresses.release(id, ip)
  })

  test('take as long as AWS takes when asked to, and are forgotten after an hour', async () => {
    const clock = new FakeClock()
    const region = await createTestRegion({ clock })
    const ec2 = region.ec2
    await ec2.prepareNetwork({ subnets: [{ id: SUBNET, zone: 'ap-southeast-1a', public: false }] })
    const { Instances = [] } = await region.endpoint.caller.call<Reservation>('ec2', 'RunInstances', launch)
    const id = Instances[0]?.InstanceId ?? ''
    const [controller] = ec2.controllers
    await controller?.reconcile(id)
    expect(ec2.instances.get(id)?.state).toBe('running')
    await region.endpoint.caller.call('ec2', 'TerminateInstances', { InstanceIds: [id] })
    await controller?.reconcile(id)
    expect(await controller?.reconcile(id)).toEqual({ requeueAfterMs: 3_600_000 })
    await clock.advance(3_600_000)
    await controller?.reconcile(id)
    expect(ec2.instances.get(id)).toBeUndefined()
  })

  test('come from launch templates, once for a client token', async () => {
    const at = await place()
    const { SubnetId, ...data } = { ...launch, MinCount: undefined, MaxCount: undefined }
    await at.call('CreateLaunchTemplate', {
      LaunchTemplateName: 'web',
      LaunchTemplateData: {
        ImageId: data.ImageId,
        InstanceType: data.InstanceType,
        BlockDeviceMappings: [
          { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 100, VolumeType: 'gp3', Iops: 3000 } },
        ],
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'n' }] }],
      },
    })
    const input = {
      MinCount: 1,
      MaxCount: 1,
      SubnetId,
      ClientToken: 't',
      LaunchTemplate: { LaunchTemplateName: 'web' },
    }
    await at.call('RunInstances', input)
    await at.call('RunInstances', input)
    const found = await at.call<DescribeInstancesResult>('DescribeInstances', {
      Filters: [{ Name: 'tag:Name', Values: ['n'] }],
    })
    expect(found.Reservations).toHaveLength(1)
    expect(await at.call('DescribeVolumes')).toMatchObject({
      Volumes: [{ Size: 100, VolumeType: 'gp3', Iops: 3000 }],
    })
  })

  test.each([
    [{ ...launch, InstanceType: 'z9.tiny' }, 'InvalidParameterValue'],
    [{ ...launch, SubnetId: 'subnet-1' }, 'InvalidSubnetID.NotFound'],
    [{ ...launch, ImageId: undefined }, 'MissingParameter'],
    [{ ...launch, DryRun: true }, 'DryRunOperation'],
    [{ ...launch, InstanceMarketOptions: { MarketType: 'capacity-block' } }, 'NotImplemented'],
    [
      { ...launch, LaunchTemplate: { LaunchTemplateName: 'none' } },
      'InvalidLaunchTemplateName.NotFoundException',
    ],
  ])('are refused %#', async (input, code) => {
    const at = await place()
    expect(await codeOf(at.call('RunInstances', input))).toBe(code)
  })
})

test('filters: any value of each, wildcards, tags; unknown ones are refused', async () => {
  const at = await place()
  const count = async (...Filters: { Name: string; Values: string[] }[]): Promise<number> => {
    const { Subnets = [] } = await at.call<{ Subnets?: unknown[] }>('DescribeSubnets', { Filters })
    return Subnets.length
  }
  expect(await count({ Name: 'availability-zone', Values: ['ap-southeast-1?'] })).toBe(2)
  expect(await count({ Name: 'subnet-id', Values: [SUBNET, 'subnet-x'] })).toBe(1)
  expect(await count({ Name: 'tag-key', Values: ['kubernetes.io/role/*'] })).toBe(2)
  expect(await count({ Name: 'vpc-id', Values: [at.vpcId] }, { Name: 'tag:Name', Values: ['nothing'] })).toBe(
    0,
  )
  expect(await codeOf(count({ Name: 'colour', Values: ['red'] }))).toBe('InvalidParameterValue')
})

test('tags are added, found and removed for every type', async () => {
  const at = await place()
  await at.call('CreateTags', { Resources: [SUBNET, at.vpcId], Tags: [{ Key: 'k', Value: 'v' }] })
  const tags = { Filters: [{ Name: 'key', Values: ['k'] }] }
  expect(await at.call('DescribeTags', tags)).toMatchObject({ Tags: { length: 2 } })
  await at.call('DeleteTags', { Resources: [SUBNET], Tags: [{ Key: 'k', Value: 'other' }] })
  expect(await at.call('DescribeTags', tags)).toMatchObject({ Tags: { length: 2 } })
  await at.call('DeleteTags', { Resources: [SUBNET], Tags: [{ Key: 'k' }] })
  expect(await at.call('DescribeTags', tags)).toMatchObject({
    Tags: [{ ResourceId: at.vpcId, ResourceType: 'vpc' }],
  })
  expect(await codeOf(at.call('CreateTags', { Resources: ['vpc-1'], Tags: [] }))).toBe(
    'InvalidVpcID.NotFound',
  )
})

test('a VPC can be taken down again in order', async () => {
  const at = await place()
  expect(await codeOf(at.call('DeleteVpc', { VpcId: at.vpcId }))).toBe('DependencyViolation')
  const { NatGateways = [] } = await at.call<{ NatGateways?: { NatGatewayId?: string }[] }>(
    'DescribeNatGateways',
  )
  await at.call('DeleteNatGateway', { NatGatewayId: NatGateways[0]?.NatGatewayId })
  const { Addresses = [] } = await at.call<{ Addresses?: { AllocationId?: string }[] }>('DescribeAddresses')
  await at.call('ReleaseAddress', { AllocationId: Addresses[0]?.AllocationId })
  const { Subnets = [] } = await at.call<{ Subnets?: { SubnetId?: string }[] }>('DescribeSubnets')
  for (const { SubnetId } of Subnets) await at.call('DeleteSubnet', { SubnetId })
  const { InternetGateways = [] } = await at.call<{ InternetGateways?: { InternetGatewayId?: string }[] }>(
    'DescribeInternetGateways',
  )
  const { InternetGatewayId } = InternetGateways[0] ?? {}
  expect(await codeOf(at.call('DeleteInternetGateway', { InternetGatewayId }))).toBe('DependencyViolation')
  await at.call('DetachInternetGateway', { InternetGatewayId, VpcId: at.vpcId })
  await at.call('DeleteInternetGateway', { InternetGatewayId })
  const { RouteTables = [] } = await at.call<{
    RouteTables?: { RouteTableId?: string; Associations?: unknown[] }[]
  }>('DescribeRouteTables')
  for (const { RouteTableId, Associations } of RouteTables) {
    if (Associations?.length === 0) await at.call('DeleteRouteTable', { RouteTableId })
  }
  await at.call('DeleteVpc', { VpcId: at.vpcId })
  expect(await at.call('DescribeSecurityGroups')).toMatchObject({ SecurityGroups: [] })
})

test.each([
  [
    'DescribeAvailabilityZones',
    {},
    { AvailabilityZones: [{ ZoneName: 'ap-southeast-1a', ZoneId: 'apse1-az1', State: 'available' }, {}, {}] },
  ],
  [
    'DescribeInstanceTypeOfferings',
    { LocationType: 'availability-zone', Filters: [{ Name: 'instance-type', Values: ['t3.xlarge'] }] },
    { InstanceTypeOfferings: { length: 3 } },
  ],
  [
    'DescribeInstanceTypes',
    { InstanceTypes: ['t3.xlarge'] },
    { InstanceTypes: [{ VCpuInfo: { DefaultVCpus: 4 }, MemoryInfo: { SizeInMiB: 16_384 } }] },
  ],
  [
    'DescribeRegions',
    { RegionNames: ['eu-west-1'] },
    { Regions: [{ Endpoint: 'ec2.eu-west-1.amazonaws.com' }] },
  ],
])('%s', async (operation, input, expected) => {
  const at = await place()
  expect(await at.call(operation, input)).toMatchObject(expected)
})

test('a launch honors the address of its interface, and whether the interface goes with it', async () => {
  const clock = new FakeClock()
  const at = await place({ clock })
  at.runControllers()
  const { Instances = [] } = await at.call<Reservation>('RunInstances', {
    ImageId: 'ami-1',
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    NetworkInterfaces: [
      { DeviceIndex: 0, SubnetId: SUBNET, PrivateIpAddress: '10.0.0.50', DeleteOnTermination: false },
    ],
  })
  const [instance] = Instances
  expect(instance?.PrivateIpAddress).toBe('10.0.0.50')
  await at.call('TerminateInstances', { InstanceIds: [instance?.InstanceId] })
  await expect.poll(() => at.ec2.instances.list()[0]?.state).toBe('terminated')
  const left = await at.call<DescribeNetworkInterfacesResult>('DescribeNetworkInterfaces', {
    Filters: [{ Name: 'private-ip-address', Values: ['10.0.0.50'] }],
  })
  expect(left.NetworkInterfaces).toMatchObject([{ Status: 'available' }])
})
