import type { DescribeVolumesResult, Instance, Reservation, Snapshot, Volume } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

const SUBNET = 'subnet-0private'

async function place() {
  const { ec2, endpoint } = await createTestRegion()
  await ec2.prepareNetwork({ subnets: [{ id: SUBNET, zone: 'ap-southeast-1a', public: false }] })
  const call = <T>(operation: string, input: object): Promise<T> =>
    endpoint.caller.call<T>('ec2', operation, input)
  const launch = async (more: object): Promise<Instance> => {
    const input = { MinCount: 1, MaxCount: 1, ImageId: 'ami-1', InstanceType: 't3.micro', SubnetId: SUBNET }
    const { Instances } = await call<Reservation>('RunInstances', { ...input, ...more })
    return Instances?.[0] ?? {}
  }
  const devices = async (BlockDeviceMappings: object[]): Promise<unknown> => {
    const instance = await launch({ BlockDeviceMappings })
    const Filters = [{ Name: 'attachment.instance-id', Values: [instance.InstanceId] }]
    const { Volumes = [] } = await call<DescribeVolumesResult>('DescribeVolumes', { Filters })
    const rows = Volumes.map(({ Size, Attachments }) => [
      Attachments?.[0]?.Device,
      Size,
      Attachments?.[0]?.DeleteOnTermination,
    ])
    return [instance.RootDeviceName, ...rows.toSorted((a, b) => String(a).localeCompare(String(b)))]
  }
  return { call, launch, devices }
}

test.each<[string, object[], unknown[]]>([
  ['the image alone', [], ['/dev/xvda', ['/dev/xvda', 20, true]]],
  [
    'a larger root',
    [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 80 } }],
    ['/dev/xvda', ['/dev/xvda', 80, true]],
  ],
  [
    'a root by its other name',
    [{ DeviceName: '/dev/sda1', Ebs: {} }],
    ['/dev/sda1', ['/dev/sda1', 20, true]],
  ],
  [
    'a second disk, which outlives the instance',
    [{ DeviceName: '/dev/xvdb', Ebs: { VolumeSize: 5 } }],
    ['/dev/xvda', ['/dev/xvda', 20, true], ['/dev/xvdb', 5, false]],
  ],
  ['nothing', [{ DeviceName: '/dev/xvda', NoDevice: '' }], ['/dev/xvda']],
  [
    'a disk of the machine',
    [{ DeviceName: '/dev/sdc', VirtualName: 'ephemeral0' }],
    ['/dev/xvda', ['/dev/xvda', 20, true]],
  ],
])('starts with %s', async (_name, mappings, expected) => {
  const { devices } = await place()
  expect(await devices(mappings)).toEqual(expected)
})

test('a disk that is added without a type is gp2, and one without tags shows none', async () => {
  const { call, launch } = await place()
  const { InstanceId } = await launch({
    BlockDeviceMappings: [{ DeviceName: '/dev/xvdb', Ebs: { VolumeSize: 5 } }],
  })
  const Filters = [
    { Name: 'attachment.instance-id', Values: [InstanceId] },
    { Name: 'attachment.device', Values: ['/dev/xvdb'] },
  ]
  const { Volumes = [] } = await call<DescribeVolumesResult>('DescribeVolumes', { Filters })
  expect(Volumes).toMatchObject([{ VolumeType: 'gp2' }])
  expect(Volumes[0]?.Tags).toBeUndefined()
})

test('volumes are encrypted with the key of AWS where the account wants that', async () => {
  const { call } = await place()
  const make = (): Promise<object> => call('CreateVolume', { AvailabilityZone: 'ap-southeast-1a', Size: 1 })
  expect(await make()).toMatchObject({ Encrypted: false })
  expect(await call('EnableEbsEncryptionByDefault', {})).toEqual({ EbsEncryptionByDefault: true })
  expect(await make()).toMatchObject({
    Encrypted: true,
    KmsKeyId: expect.stringMatching(/^arn:aws:kms:.*:key\//),
  })
  await call('DisableEbsEncryptionByDefault', {})
  expect(await call('GetEbsEncryptionByDefault', {})).toEqual({ EbsEncryptionByDefault: false })
  expect(await call('GetEbsDefaultKmsKeyId', {})).toEqual({ KmsKeyId: 'alias/aws/ebs' })
})

test('a volume of an encrypted snapshot is encrypted, whatever the request says', async () => {
  const { call, launch } = await place()
  const AvailabilityZone = 'ap-southeast-1a'
  const { VolumeId } = await call<Volume>('CreateVolume', { AvailabilityZone, Size: 1, Encrypted: true })
  const { SnapshotId } = await call<Snapshot>('CreateSnapshot', { VolumeId })
  const made = { SnapshotId, Encrypted: false }
  await launch({ BlockDeviceMappings: [{ DeviceName: '/dev/xvdb', Ebs: made }] })
  await call('CreateVolume', { AvailabilityZone, ...made })
  const Filters = [{ Name: 'snapshot-id', Values: [SnapshotId] }]
  const { Volumes } = await call<DescribeVolumesResult>('DescribeVolumes', { Filters })
  expect(Volumes?.map(({ Encrypted }) => Encrypted)).toEqual([true, true])
})

test('instances of one launch are listed in their order', async () => {
  const { call } = await place()
  const input = { MinCount: 5, MaxCount: 5, ImageId: 'ami-1', InstanceType: 't3.micro', SubnetId: SUBNET }
  await call('RunInstances', input)
  const { Reservations } = await call<{ Reservations?: Reservation[] }>('DescribeInstances', {})
  const [launched] =
    Reservations?.map(({ Instances }) => Instances?.map(({ AmiLaunchIndex }) => AmiLaunchIndex)) ?? []
  expect(launched).toEqual([0, 1, 2, 3, 4])
})

test('an image is looked up by the parameter that a launch names', async () => {
  const { ec2, endpoint } = await createTestRegion()
  await ec2.prepareNetwork({ subnets: [{ id: SUBNET, zone: 'ap-southeast-1a', public: false }] })
  await endpoint.caller.call('ssm', 'PutParameter', { Name: '/my/image', Value: 'ami-0123', Type: 'String' })
  const imageOf = async (ImageId: string): Promise<string | undefined> => {
    const input = { MinCount: 1, MaxCount: 1, ImageId, InstanceType: 't3.micro', SubnetId: SUBNET }
    const { Instances } = await endpoint.caller.call<Reservation>('ec2', 'RunInstances', input)
    return Instances?.[0]?.ImageId
  }
  expect(await imageOf('resolve:ssm:/my/image')).toBe('ami-0123')
  expect(await imageOf('resolve:ssm:/aws/service/unknown')).toBe('resolve:ssm:/aws/service/unknown')
})

test('a repeated launch looks nothing up', async () => {
  const { ec2, endpoint } = await createTestRegion()
  await ec2.prepareNetwork({ subnets: [{ id: SUBNET, zone: 'ap-southeast-1a', public: false }] })
  const InstanceProfileName = 'one'
  await endpoint.caller.call('iam', 'CreateInstanceProfile', { InstanceProfileName })
  const launch = async (): Promise<(string | undefined)[]> => {
    const input = { MinCount: 1, MaxCount: 1, ImageId: 'ami-1', InstanceType: 't3.micro', SubnetId: SUBNET }
    const { Instances = [] } = await endpoint.caller.call<Reservation>('ec2', 'RunInstances', {
      ...input,
      IamInstanceProfile: { Name: InstanceProfileName },
      ClientToken: 't',
    })
    return Instances.map(({ InstanceId }) => InstanceId)
  }
  const first = await launch()
  await endpoint.caller.call('iam', 'DeleteInstanceProfile', { InstanceProfileName })
  expect(await launch()).toEqual(first)
})
