// Owns attaching volumes to instances and detaching them.
import type { AttachVolumeRequest, DetachVolumeRequest, VolumeAttachment } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { invalidParameterValue, missingParameter } from './errors.ts'
import { need, type Ec2State, type VolumeRecord } from './state.ts'

/** An attachment as answers carry it. */
export function attachmentOf(
  volume: VolumeRecord,
  state: NonNullable<VolumeAttachment['State']>,
): VolumeAttachment {
  return {
    VolumeId: volume.id,
    InstanceId: volume.instanceId,
    Device: volume.device,
    State: state,
    AttachTime: new Date(volume.attachedAtMs ?? volume.createdAtMs),
    DeleteOnTermination: volume.outlivesInstance !== true,
  }
}

/** The volume, available. */
export function withoutAttachment(volume: VolumeRecord): VolumeRecord {
  const { instanceId: _i, device: _d, attachedAtMs: _a, outlivesInstance: _o, ...free } = volume
  return free
}

/**
 * AttachVolume: attached at once; it stays when the instance goes.
 * @throws AwsError InvalidVolume.NotFound, InvalidInstanceID.NotFound, VolumeInUse, IncorrectState,
 *   InvalidVolume.ZoneMismatch, InvalidParameterValue, MissingParameter
 */
export const attachVolume = operation<Ec2State, AttachVolumeRequest, VolumeAttachment>()({
  honours: ['VolumeId', 'InstanceId', 'Device'],
  handle: async (input, ec2) => {
    const device = input.Device
    if (device === undefined) throw missingParameter('device')
    return await ec2.deps.store.transact((tx) => {
      const volume = need(ec2.volumes, 'volume', input.VolumeId)
      const instance = need(ec2.instances, 'instance', input.InstanceId)
      if (volume.instanceId !== undefined) {
        throw new AwsError('VolumeInUse', `${volume.id} is already attached to an instance`)
      }
      if (instance.state !== 'running' && instance.state !== 'stopped') {
        throw new AwsError('IncorrectState', `Instance '${instance.id}' is not 'running'.`)
      }
      if (instance.zone !== volume.zone) {
        throw new AwsError(
          'InvalidVolume.ZoneMismatch',
          `The volume '${volume.id}' is not in the same availability zone as instance '${instance.id}'`,
        )
      }
      if (instance.volumeIds.some((id) => ec2.volumes.get(id)?.device === device)) {
        throw invalidParameterValue(
          `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
        )
      }
      const attached: VolumeRecord = {
        ...volume,
        instanceId: instance.id,
        device,
        attachedAtMs: ec2.deps.clock.now(),
        outlivesInstance: true,
      }
      ec2.volumes.putIn(tx, volume.id, attached)
      ec2.instances.putIn(tx, instance.id, { ...instance, volumeIds: [...instance.volumeIds, volume.id] })
      return attachmentOf(attached, 'attaching')
    })
  },
})

/**
 * DetachVolume: detached at once. `Force` detaches no sooner.
 * @throws AwsError InvalidVolume.NotFound, IncorrectState, InvalidAttachment.NotFound, OperationNotPermitted
 */
export const detachVolume = operation<Ec2State, DetachVolumeRequest, VolumeAttachment>()({
  honours: ['VolumeId', 'InstanceId', 'Device'],
  keeps: ['Force'],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const volume = need(ec2.volumes, 'volume', input.VolumeId)
      const { instanceId, device } = volume
      if (instanceId === undefined) {
        throw new AwsError('IncorrectState', `Volume '${volume.id}' is in the 'available' state.`)
      }
      const isOther = input.InstanceId !== undefined && input.InstanceId !== instanceId
      if (isOther || (input.Device !== undefined && input.Device !== device)) {
        throw new AwsError(
          'InvalidAttachment.NotFound',
          `Volume '${volume.id}' is not attached to instance '${input.InstanceId ?? instanceId}' as device '${input.Device ?? device ?? ''}'`,
        )
      }
      const instance = ec2.instances.get(instanceId)
      if (instance && instance.rootDeviceName === device && instance.state !== 'stopped') {
        throw new AwsError(
          'OperationNotPermitted',
          `Unable to detach root volume '${device}' from instance '${instanceId}'`,
        )
      }
      ec2.volumes.putIn(tx, volume.id, withoutAttachment(volume))
      ec2.instances.updateIn(tx, instanceId, (record) => ({
        ...record,
        volumeIds: record.volumeIds.filter((id) => id !== volume.id),
      }))
      return attachmentOf(volume, 'detaching')
    })
  },
})
