import type { DescribeVolumesResult, Reservation, Volume } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { createTestRegion } from '../../testing/test-region.ts'

async function place() {
  const region = await createTestRegion({ clock: new FakeClock() })
  await region.ec2.prepareNetwork({ subnets: [{ id: 'subnet-0a', zone: 'ap-southeast-1a', public: false }] })
  const call = <T>(operation: string, input: object): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  const launch = async (): Promise<string> => {
    const made = await call<Reservation>('RunInstances', {
      MinCount: 1,
      MaxCount: 1,
      ImageId: 'ami-1',
      InstanceType: 't3.large',
      SubnetId: 'subnet-0a',
    })
    const id = made.Instances?.[0]?.InstanceId ?? ''
    await pass(id)
    return id
  }
  const pass = async (id: string): Promise<void> => {
    for (const controller of region.ec2.controllers) await controller.reconcile(id)
  }
  const volume = async (letter = 'a'): Promise<string> =>
    (await call<Volume>('CreateVolume', { AvailabilityZone: `ap-southeast-1${letter}`, Size: 8 })).VolumeId ??
    ''
  const look = async (id: string): Promise<Volume | undefined> =>
    (await call<DescribeVolumesResult>('DescribeVolumes', { VolumeIds: [id] })).Volumes?.[0]
  return { ...region, call, launch, pass, volume, look }
}

test('a volume is attached, outlives its instance, and is free again', async () => {
  const at = await place()
  const [InstanceId, VolumeId] = [await at.launch(), await at.volume()]
  const attached = await at.call('AttachVolume', { VolumeId, InstanceId, Device: '/dev/sdf' })
  expect(attached).toMatchObject({ State: 'attaching', Device: '/dev/sdf', DeleteOnTermination: false })
  expect(await at.look(VolumeId)).toMatchObject({
    State: 'in-use',
    Attachments: [{ InstanceId, Device: '/dev/sdf', State: 'attached', DeleteOnTermination: false }],
  })
  await expect(at.call('DeleteVolume', { VolumeId })).rejects.toMatchObject({ code: 'VolumeInUse' })
  await at.call('TerminateInstances', { InstanceIds: [InstanceId] })
  await at.pass(InstanceId)
  expect(await at.look(VolumeId)).toMatchObject({ State: 'available', Attachments: [] })
  const { Volumes } = await at.call<DescribeVolumesResult>('DescribeVolumes', {})
  expect(Volumes).toHaveLength(1)
})

test('a volume is detached and goes to another instance', async () => {
  const at = await place()
  const [first, second, VolumeId] = [await at.launch(), await at.launch(), await at.volume()]
  await at.call('AttachVolume', { VolumeId, InstanceId: first, Device: '/dev/sdf' })
  const detached = await at.call('DetachVolume', { VolumeId })
  expect(detached).toMatchObject({ State: 'detaching', InstanceId: first })
  await at.call('AttachVolume', { VolumeId, InstanceId: second, Device: '/dev/sdf' })
  expect(at.ec2.instances.get(first)?.volumeIds).not.toContain(VolumeId)
  expect(at.ec2.instances.get(second)?.volumeIds).toContain(VolumeId)
})

test('what cannot be attached or detached is refused', async () => {
  const at = await place()
  const [InstanceId, VolumeId, elsewhere] = [await at.launch(), await at.volume(), await at.volume('b')]
  const root = at.ec2.instances.get(InstanceId)?.volumeIds[0]
  const Device = '/dev/sdf'
  const cases: [operation: string, input: object, code: string][] = [
    ['AttachVolume', { VolumeId, InstanceId }, 'MissingParameter'],
    ['AttachVolume', { VolumeId, InstanceId: 'i-0', Device }, 'InvalidInstanceID.NotFound'],
    ['AttachVolume', { VolumeId: 'vol-0', InstanceId, Device }, 'InvalidVolume.NotFound'],
    ['AttachVolume', { VolumeId: elsewhere, InstanceId, Device }, 'InvalidVolume.ZoneMismatch'],
    ['AttachVolume', { VolumeId, InstanceId, Device: '/dev/xvda' }, 'InvalidParameterValue'],
    ['AttachVolume', { VolumeId: root, InstanceId, Device }, 'VolumeInUse'],
    ['DetachVolume', { VolumeId }, 'IncorrectState'],
    ['DetachVolume', { VolumeId: root, Device: '/dev/sdz' }, 'InvalidAttachment.NotFound'],
    ['DetachVolume', { VolumeId: root }, 'OperationNotPermitted'],
  ]
  for (const [operation, input, code] of cases) {
    await expect(at.call(operation, input), code).rejects.toMatchObject({ code })
  }
})
