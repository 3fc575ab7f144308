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
