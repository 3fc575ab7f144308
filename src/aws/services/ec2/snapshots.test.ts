import type {
  CopyImageResult,
  CreateImageResult,
  CreateSnapshotsResult,
  DescribeImagesResult,
  DescribeSnapshotAttributeResult,
  DescribeSnapshotsResult,
  DescribeVolumesResult,
  ImageAttribute,
  RegisterImageResult,
  Reservation,
  Snapshot,
  Volume,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'

import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { machineImages } from '../../../rules/nodes/machine-images.ts'
import { createTestRegion } from '../../testing/test-region.ts'

const ZONE = 'ap-southeast-1a'

async function place() {
  const { endpoint, deps, ec2 } = await createTestRegion({ clock: new FakeClock() })
  await ec2.prepareNetwork({ subnets: [{ id: 'subnet-0a', zone: ZONE, public: false }] })
  const call = <T>(operation: string, input: object = {}): Promise<T> =>
    endpoint.caller.call<T>('ec2', operation, input)
  const volume = (input: object = {}): Promise<Volume> =>
    call('CreateVolume', { AvailabilityZone: ZONE, Size: 8, ...input })
  const snapshot = async (input: object = {}): Promise<Snapshot> =>
    await call('CreateSnapshot', { VolumeId: (await volume()).VolumeId, ...input })
  const run = async (ImageId: string): Promise<string> => {
    const one = { InstanceType: 't4g.small', SubnetId: 'subnet-0a', MinCount: 1, MaxCount: 1 }
    const { Instances } = await call<Reservation>('RunInstances', { ImageId, ...one })
    const id = Instances?.[0]?.InstanceId ?? ''
    for (const controller of ec2.controllers) await controller.reconcile(id)
    return id
  }
  const volumesOf = async (id: string): Promise<readonly Volume[]> => {
    const Filters = [{ Name: 'attachment.instance-id', Values: [id] }]
    return (await call<DescribeVolumesResult>('DescribeVolumes', { Filters })).Volumes ?? []
  }
  const images = async (input: object): Promise<DescribeImagesResult['Images'] & object> =>
    (await call<DescribeImagesResult>('DescribeImages', input)).Images ?? []
  const snapshots = async (input: object): Promise<DescribeSnapshotsResult['Snapshots'] & object> =>
    (await call<DescribeSnapshotsResult>('DescribeSnapshots', input)).Snapshots ?? []
  return { call, volume, snapshot, run, volumesOf, images, snapshots, region: deps.region }
}

describe('a snapshot', () => {
  test('is pending in the answer, completed from then on, and found by its filters', async () => {
    const { snapshot, snapshots } = await place()
    const made = await snapshot({ Description: 'before' })
    expect(made).toMatchObject({ State: 'pending', VolumeSize: 8, Encrypted: false })
    for (const [Name, value] of [
      ['description', 'before'],
      ['volume-id', made.VolumeId],
      ['status', 'completed'],
      ['volume-size', '8'],
    ]) {
      const [found] = await snapshots({ Filters: [{ Name, Values: [value] }], OwnerIds: ['self'] })
      expect(found).toMatchObject({ SnapshotId: made.SnapshotId, State: 'completed', Progress: '100%' })
    }
    expect(await snapshots({ OwnerIds: ['amazon'] })).toEqual([])
  })

  test('fills the disks of instances that a launch template makes', async () => {
    const { call, snapshot, volumesOf } = await place()
    const { SnapshotId } = await snapshot()
    await call('CreateLaunchTemplate', {
      LaunchTemplateName: 'disks',
      LaunchTemplateData: {
        ImageId: 'ami-1',
        InstanceType: 't3.large',
        BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { SnapshotId, VolumeSize: 20 } }],
      },
    })
    const { Instances } = await call<Reservation>('RunInstances', {
      LaunchTemplate: { LaunchTemplateName: 'disks' },
      SubnetId: 'subnet-0a',
      MinCount: 1,
      MaxCount: 1,
    })
    const volumes = await volumesOf(Instances?.[0]?.InstanceId ?? '')
    expect(volumes).toContainEqual(expect.objectContaining({ SnapshotId, Size: 20 }))
  })

  test('makes volumes that are as large, or larger, and as secret', async () => {
    const { call, volume } = await place()
    const { VolumeId, KmsKeyId } = await volume({ Encrypted: true })
    expect(KmsKeyId).toMatch(/^arn:aws:kms:/)
    const { SnapshotId, ...taken } = await call<Snapshot>('CreateSnapshot', { VolumeId })
    expect(taken.KmsKeyId).toBe(KmsKeyId)
    expect(await volume({ Size: undefined, SnapshotId })).toMatchObject({
      Size: 8,
      Encrypted: true,
      KmsKeyId,
      SnapshotId,
    })
    expect(await volume({ Size: 20, SnapshotId })).toMatchObject({ Size: 20 })
    await expect(volume({ Size: 4, SnapshotId })).rejects.toMatchObject({ code: 'InvalidParameterValue' })
    await call('DeleteSnapshot', { SnapshotId })
    await expect(volume({ SnapshotId })).rejects.toMatchObject({
      code: 'InvalidSnapshot.NotFound',
      message: `The snapshot '${SnapshotId}' does not exist.`,
    })
  })

  test('is taken of all volumes of an instance, or of those that hold data', async () => {
    const { call, run, volume } = await place()
    const InstanceId = await run('ami-1')
    const { VolumeId } = await volume({
      TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'k', Value: 'v' }] }],
    })
    await call('AttachVolume', { InstanceId, VolumeId, Device: '/dev/sdf' })
    const take = async (more: object): Promise<readonly (string | undefined)[]> => {
      const { Snapshots } = await call<CreateSnapshotsResult>('CreateSnapshots', {
        InstanceSpecification: { InstanceId, ...more },
        CopyTagsFromSource: 'volume',
      })
      return (Snapshots ?? []).map((each) => each.VolumeId)
    }
    expect(await take({})).toHaveLength(2)
    expect(await take({ ExcludeBootVolume: true })).toEqual([VolumeId])
    expect(await take({ ExcludeDataVolumeIds: [VolumeId] })).not.toContain(VolumeId)
  })

  test('is copied within its region, encrypted if asked', async () => {
    const { call, snapshot, snapshots, region } = await place()
    const { SnapshotId: SourceSnapshotId } = await snapshot()
    const copy = { SourceSnapshotId, SourceRegion: region, Encrypted: true }
    const { SnapshotId } = await call<Snapshot>('CopySnapshot', copy)
    expect(await snapshots({ SnapshotIds: [SnapshotId] })).toMatchObject([
      {
        VolumeId: 'vol-ffffffff',
        VolumeSize: 8,
        Encrypted: true,
        KmsKeyId: expect.stringMatching(/^arn:aws:kms:/),
      },
    ])
    const other = await call<Snapshot>('CopySnapshot', { ...copy, KmsKeyId: 'alias/own' })
    expect(await snapshots({ SnapshotIds: [other.SnapshotId] })).toMatchObject([{ KmsKeyId: 'alias/own' }])
    await expect(call('CopySnapshot', { ...copy, SourceRegion: 'eu-west-1' })).rejects.toMatchObject({
      code: 'NotImplemented',
    })
  })

  test('is shared with everybody and with accounts, and taken back', async () => {
    const { call, snapshot } = await place()
    const { SnapshotId } = await snapshot()
    const modify = async (input: object): Promise<unknown> => {
      await call('ModifySnapshotAttribute', { SnapshotId, Attribute: 'createVolumePermission', ...input })
      const asked = { SnapshotId, Attribute: 'createVolumePermission' }
      return (await call<DescribeSnapshotAttributeResult>('DescribeSnapshotAttribute', asked))
        .CreateVolumePermissions
    }
    expect(await modify({ OperationType: 'add', GroupNames: ['all'], UserIds: ['111122223333'] })).toEqual([
      { Group: 'all' },
      { UserId: '111122223333' },
    ])
    expect(await modify({ CreateVolumePermission: { Remove: [{ Group: 'all' }] } })).toEqual([
      { UserId: '111122223333' },
    ])
    expect(await modify({ OperationType: 'remove', UserIds: ['111122223333'] })).toEqual([])
    await expect(modify({ OperationType: 'add', GroupNames: ['some'] })).rejects.toMatchObject({
      code: 'InvalidAMIAttributeItemValue',
    })
  })
})

describe('an image', () => {
  test('is made of an instance with its snapshots, and starts others like it', async () => {
    const { call, run, volumesOf, images, snapshots } = await place()
    const InstanceId = await run('ami-1')
    const make = (Name: string): Promise<CreateImageResult> => call('CreateImage', { InstanceId, Name })
    const { ImageId = '' } = await make('mine')
    await expect(make('mine')).rejects.toMatchObject({
      code: 'InvalidAMIName.Duplicate',
      message: `AMI name mine is already in use by AMI ${ImageId}`,
    })
    const [image] = await images({ Owners: ['self'] })
    expect(image).toMatchObject({
      ImageId,
      Architecture: 'arm64',
      Public: false,
      State: 'available',
      SourceInstanceId: InstanceId,
    })
    const SnapshotId = image?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId
    expect(await snapshots({ SnapshotIds: [SnapshotId] })).toMatchObject([
      { Description: `Created by CreateImage(${InstanceId}) for ${ImageId}`, VolumeSize: 20 },
    ])
    expect(await volumesOf(await run(ImageId))).toMatchObject([{ SnapshotId, Size: 20 }])
    await expect(call('DeleteSnapshot', { SnapshotId })).rejects.toMatchObject({
      code: 'InvalidSnapshot.InUse',
      message: `The snapshot ${SnapshotId} is currently in use by ${ImageId}`,
    })
    await call('DeregisterImage', { ImageId })
    for (const [operation, more] of [
      ['DeregisterImage', {}],
      ['DescribeImageAttribute', { Attribute: 'description' }],
    ] as const) {
      await expect(call(operation, { ImageId, ...more })).rejects.toMatchObject({
        code: 'InvalidAMIID.Unavailable',
      })
    }
    await expect(run(ImageId)).rejects.toMatchObject({ code: 'InvalidAMIID.Unavailable' })
    expect(await images({ Owners: ['self'] })).toEqual([])
    await call('DeleteSnapshot', { SnapshotId })
    await make('mine')
  })

  test('is registered of a snapshot', async () => {
    const { call, snapshot, images } = await place()
    const { SnapshotId } = await snapshot()
    const root = { DeviceName: '/dev/xvda', Ebs: { SnapshotId, VolumeType: 'gp3' } }
    const wanted = { Name: 'root', RootDeviceName: '/dev/xvda', BlockDeviceMappings: [root] }
    const { ImageId } = await call<RegisterImageResult>('RegisterImage', wanted)
    expect(
      await images({ Filters: [{ Name: 'block-device-mapping.snapshot-id', Values: [SnapshotId] }] }),
    ).toMatchObject([{ ImageId, BlockDeviceMappings: [{ Ebs: { VolumeSize: 8, VolumeType: 'gp3' } }] }])
    for (const [change, code] of [
      [{ RootDeviceName: '/dev/sda1' }, 'InvalidParameterValue'],
      [{ VirtualizationType: 'paravirtual' }, 'NotImplemented'],
      [{ Architecture: 'i386' }, 'NotImplemented'],
      [{ BlockDeviceMappings: [{ Ebs: { SnapshotId: 'snap-1' } }] }, 'InvalidSnapshot.NotFound'],
    ] as const) {
      await expect(call('RegisterImage', { ...wanted, Name: 'other', ...change })).rejects.toMatchObject({
        code,
      })
    }
  })

  test("is copied, AWS's own too, and shared", async () => {
    const { call, images, region } = await place()
    const [published] = machineImages()
    const copy = (SourceImageId = '', SourceRegion = region): Promise<CopyImageResult> =>
      call('CopyImage', {
        SourceImageId,
        SourceRegion,
        Name: `copy of ${SourceImageId}`,
        Encrypted: true,
        ClientToken: `${SourceImageId}${SourceRegion}`,
      })
    const { ImageId } = await copy(published?.id)
    expect(await images({ ImageIds: [ImageId] })).toMatchObject([
      { SourceImageId: published?.id, BlockDeviceMappings: [{ Ebs: { Encrypted: true } }] },
    ])
    expect(await copy(published?.id)).toEqual({ ImageId })
    await copy(ImageId)
    await expect(copy('ami-none')).rejects.toMatchObject({ code: 'InvalidAMIID.NotFound' })
    await expect(copy(ImageId, 'eu-west-1')).rejects.toMatchObject({ code: 'NotImplemented' })
    await call('ModifyImageAttribute', {
      ImageId,
      LaunchPermission: { Add: [{ Group: 'all' }] },
      Description: { Value: 'for all' },
    })
    const attribute = (Attribute: string): Promise<ImageAttribute> =>
      call('DescribeImageAttribute', { ImageId, Attribute })
    expect((await attribute('launchPermission')).LaunchPermissions).toEqual([{ Group: 'all' }])
    expect((await attribute('description')).Description).toEqual({ Value: 'for all' })
    expect((await attribute('blockDeviceMapping')).BlockDeviceMappings).toHaveLength(1)
    expect(await images({ ExecutableUsers: ['all'], ImageIds: [ImageId] })).toHaveLength(1)
    await expect(call('ModifyImageAttribute', { ImageId, Attribute: 'kernel' })).rejects.toMatchObject({
      code: 'NotImplemented',
    })
  })
})
