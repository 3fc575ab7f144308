import { expect, it } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

interface Described {
  readonly Volumes: readonly Readonly<Record<string, unknown>>[]
}

it('makes volumes that belong to no instance, once a token, and removes them', async () => {
  const { endpoint } = await createTestRegion()
  const call = <T = { VolumeId: string }>(operation: string, input: object): Promise<T> =>
    endpoint.caller.call<T>('ec2', operation, input)
  const wanted = {
    AvailabilityZone: 'ap-southeast-1b',
    Size: 8,
    VolumeType: 'gp3',
    Encrypted: true,
    ClientToken: 'once',
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'CSIVolumeName', Value: 'pvc-1' }] }],
  }
  const { VolumeId } = await call('CreateVolume', wanted)
  expect(await call('CreateVolume', wanted)).toMatchObject({ VolumeId, State: 'creating' })
  await expect(call('CreateVolume', { ...wanted, Size: 9 })).rejects.toMatchObject({
    code: 'IdempotentParameterMismatch',
  })
  const Filters = [{ Name: 'tag:CSIVolumeName', Values: ['pvc-1'] }]
  const { Volumes } = await call<Described>('DescribeVolumes', { Filters })
  expect(Volumes).toMatchObject([
    {
      VolumeId,
      AvailabilityZone: 'ap-southeast-1b',
      Size: 8,
      State: 'available',
      Encrypted: true,
      Attachments: [],
    },
  ])
  await call('DeleteVolume', { VolumeId })
  expect((await call<Described>('DescribeVolumes', { Filters })).Volumes).toEqual([])
})

it('makes volumes larger, of another type, and tells what they were', async () => {
  const { endpoint } = await createTestRegion()
  const call = <T = { VolumeId: string }>(operation: string, input: object): Promise<T> =>
    endpoint.caller.call<T>('ec2', operation, input)
  const { VolumeId } = await call('CreateVolume', { AvailabilityZone: 'ap-southeast-1a', Size: 4 })
  await expect(call('DescribeVolumesModifications', { VolumeIds: [VolumeId] })).rejects.toMatchObject({
    code: 'InvalidVolumeModification.NotFound',
  })
  const { VolumeModification } = await call<{ VolumeModification: object }>('ModifyVolume', {
    VolumeId,
    Size: 10,
    VolumeType: 'gp3',
  })
  expect(VolumeModification).toMatchObject({
    ModificationState: 'modifying',
    OriginalSize: 4,
    TargetSize: 10,
  })
  expect(await call('DescribeVolumesModifications', { VolumeIds: [VolumeId] })).toMatchObject({
    VolumesModifications: [
      { ModificationState: 'completed', OriginalVolumeType: 'gp2', TargetVolumeType: 'gp3', Progress: 100 },
    ],
  })
  const { Volumes } = await call<Described>('DescribeVolumes', { VolumeIds: [VolumeId] })
  expect(Volumes).toMatchObject([{ Size: 10, VolumeType: 'gp3' }])
  await expect(call('ModifyVolume', { VolumeId, Size: 9 })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  })
  await expect(call('ModifyVolume', { VolumeId, Size: 100_000 })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  })
})
