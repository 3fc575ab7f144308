import type {
  CreateSubnetResult,
  CreateVpcResult,
  DescribeInstancesResult,
  Instance,
  Reservation,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { createTestRegion } from '../../testing/test-region.ts'

const PRIVATE = 'subnet-0private'
const PUBLIC = 'subnet-0public'

async function place() {
  const region = await createTestRegion({ clock: new FakeClock() })
  await region.ec2.prepareNetwork({
    subnets: [
      { id: PRIVATE, zone: 'ap-southeast-1a', public: false },
      { id: PUBLIC, zone: 'ap-southeast-1b', public: true },
    ],
  })
  const call = <T>(operation: string, input: object): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  await call('ModifySubnetAttribute', { SubnetId: PUBLIC, MapPublicIpOnLaunch: { Value: true } })
  const launch = async (more: object, count = 1): Promise<Instance[]> => {
    const made = await call<Reservation>('RunInstances', {
      MinCount: count,
      MaxCount: count,
      ImageId: 'ami-1',
      InstanceType: 't3.large',
      ...more,
    })
    return made.Instances ?? []
  }
  const find = async (Name: string, value: string): Promise<number> => {
    const Filters = [{ Name, Values: [value] }]
    const { Reservations = [] } = await call<DescribeInstancesResult>('DescribeInstances', { Filters })
    return Reservations.flatMap(({ Instances = [] }) => Instances).length
  }
  const pass = async (id = ''): Promise<void> => {
    for (const controller of region.ec2.controllers) await controller.reconcile(id)
  }
  const look = async (id = ''): Promise<Instance | undefined> => {
    const answer = await call<DescribeInstancesResult>('DescribeInstances', { InstanceIds: [id] })
    return answer.Reservations?.[0]?.Instances?.[0]
  }
  return { ...region, call, launch, find, pass, look }
}

test('an instance in a public subnet has a public address while it runs, another one after a stop', async () => {
  const at = await place()
  const [instance] = await at.launch({ SubnetId: PUBLIC })
  const id = instance?.InstanceId
  expect(instance?.PublicIpAddress).toMatch(/^198\.18\./)
  expect(instance?.NetworkInterfaces?.[0]?.Association).toMatchObject({
    PublicIp: instance?.PublicIpAddress,
    IpOwnerId: 'amazon',
  })
  expect(await at.find('ip-address', instance?.PublicIpAddress ?? '')).toBe(1)
  await at.pass(id)
  await at.call('StopInstances', { InstanceIds: [id] })
  await at.pass(id)
  expect((await at.look(id))?.PublicIpAddress).toBeUndefined()
  await at.call('StartInstances', { InstanceIds: [id] })
  await at.pass(id)
  expect((await at.look(id))?.PublicIpAddress).toMatch(/^198\.18\./)
})

test.each([
  [PRIVATE, undefined, false],
  [PRIVATE, true, true],
  [PUBLIC, false, false],
])('in %s with AssociatePublicIpAddress %s: %s', async (SubnetId, AssociatePublicIpAddress, isPublic) => {
  const at = await place()
  const [instance] = await at.launch({
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, AssociatePublicIpAddress }],
  })
  expect(instance?.PublicIpAddress !== undefined).toBe(isPublic)
})

test('an Elastic IP stands over the given address', async () => {
  const at = await place()
  const [instance] = await at.launch({ SubnetId: PUBLIC })
  const elastic = await at.call<{ AllocationId: string; PublicIp: string }>('AllocateAddress', {})
  await at.call('AssociateAddress', {
    AllocationId: elastic.AllocationId,
    InstanceId: instance?.InstanceId,
  })
  const shown = await at.look(instance?.InstanceId)
  expect(shown?.PublicIpAddress).toBe(elastic.PublicIp)
  expect(shown?.NetworkInterfaces?.[0]?.Association?.IpOwnerId).toBe('111122223333')
})

test('settings of a launch are shown and found', async () => {
  const at = await place()
  const [first, second] = await at.launch(
    {
      SubnetId: PRIVATE,
      Monitoring: { Enabled: true },
      EbsOptimized: true,
      Placement: { GroupName: 'together', AvailabilityZone: 'ap-southeast-1a' },
    },
    2,
  )
  expect(first).toMatchObject({
    Monitoring: { State: 'enabled' },
    EbsOptimized: true,
    Placement: { GroupName: 'together', Tenancy: 'default' },
    AmiLaunchIndex: 0,
  })
  expect(second?.AmiLaunchIndex).toBe(1)
  expect(await at.find('placement-group-name', 'together')).toBe(2)
  expect(await at.find('architecture', 'x86_64')).toBe(2)
  expect(await at.find('tenancy', 'dedicated')).toBe(0)
})

test('groups are named within the VPC, devices left out', async () => {
  const at = await place()
  const [instance] = await at.launch({
    SubnetId: PRIVATE,
    SecurityGroups: ['default'],
    BlockDeviceMappings: [
      { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30 } },
      { DeviceName: '/dev/sdb', NoDevice: '' },
    ],
  })
  expect(instance?.SecurityGroups?.map(({ GroupName }) => GroupName)).toEqual(['default'])
  expect(instance?.BlockDeviceMappings?.map(({ DeviceName }) => DeviceName)).toEqual(['/dev/xvda'])
  await expect(at.launch({ SubnetId: PRIVATE, SecurityGroups: ['none'] })).rejects.toMatchObject({
    code: 'InvalidGroup.NotFound',
  })
})

test("a zone that is not there, or not the subnet's, is refused", async () => {
  const at = await place()
  const inZone = (AvailabilityZone: string) =>
    at.launch({ SubnetId: PRIVATE, Placement: { AvailabilityZone } })
  await expect(inZone('us-west-1b')).rejects.toMatchObject({
    code: 'InvalidParameterValue',
    message: 'Invalid Availability Zone (us-west-1b)',
  })
  await expect(inZone('ap-southeast-1b')).rejects.toMatchObject({ code: 'InvalidParameterValue' })
})

test('a launch has what its subnet has room for, however many it asks for', async () => {
  const at = await place()
  const { Vpc } = await at.call<CreateVpcResult>('CreateVpc', { CidrBlock: '10.9.0.0/24' })
  const { Subnet } = await at.call<CreateSubnetResult>('CreateSubnet', {
    VpcId: Vpc?.VpcId,
    CidrBlock: '10.9.0.0/28',
  })
  const launched = await at.launch({ SubnetId: Subnet?.SubnetId, MinCount: 1, MaxCount: 2_000_000_000 })
  // A /28 has 16 addresses, of which AWS keeps five.
  expect(launched).toHaveLength(11)
})
