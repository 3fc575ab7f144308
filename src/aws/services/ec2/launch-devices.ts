// Owns the volumes of a launch: those of its image, as the request changes them, and those that it adds.
// Source: EC2 user guide, "Block device mappings for volumes on Amazon EC2 instances"; API_EbsBlockDevice.
import type { BlockDeviceMapping, RequestLaunchTemplateData } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { machineImages } from '../../../rules/nodes/machine-images.ts'
import { isEncrypted } from './ebs-encryption.ts'
import { missingParameter } from './errors.ts'
import { specifiedTags } from './filters.ts'
import { showOwn } from './own-images.ts'
import type { Ec2State, VolumeRecord } from './state.ts'

type Launch = Pick<RequestLaunchTemplateData, 'ImageId' | 'BlockDeviceMappings' | 'TagSpecifications'>

/** Where an instance keeps what. */
export interface LaunchDevices {
  readonly rootDevice: string
  readonly volumes: readonly VolumeRecord[]
}

// What the roots of Linux images are called; of an image that is not known here, the request tells which.
const ROOTS = ['/dev/xvda', '/dev/sda1']
const ROOT_GIB = 20

interface ImageDevices {
  readonly rootDevice: string
  readonly mappings: readonly BlockDeviceMapping[]
}

function imageDevices(
  ec2: Ec2State,
  { ImageId: id = '', BlockDeviceMappings: named = [] }: Launch,
): ImageDevices {
  const own = ec2.images.get(id)
  if (own) return { rootDevice: own.rootDevice, mappings: showOwn(ec2, own).BlockDeviceMappings ?? [] }
  const published = machineImages().find((image) => image.id === id)
  const [usual = ''] = ROOTS
  const rootDevice =
    published?.rootDevice ??
    ROOTS.find((root) => named.some(({ DeviceName }) => DeviceName === root)) ??
    usual
  const Ebs = {
    VolumeSize: published?.rootGiB ?? ROOT_GIB,
    VolumeType: 'gp3',
    DeleteOnTermination: true,
  } as const
  return { rootDevice, mappings: [{ DeviceName: rootDevice, Ebs }] }
}

/**
 * The volumes that an instance of a launch starts with. A device of the request that the image has changes that one;
 * others are added, of the type gp2 and outliving the instance unless they say otherwise.
 * @throws AwsError MissingParameter, InvalidRequest
 */
export function devicesOf(
  ec2: Ec2State,
  launch: Launch,
  { instanceId, zone }: { readonly instanceId: string; readonly zone: string },
): LaunchDevices {
  const { rootDevice, mappings } = imageDevices(ec2, launch)
  const byName = new Map(mappings.map((mapping) => [mapping.DeviceName, mapping]))
  for (const mapping of launch.BlockDeviceMappings ?? []) {
    const present = byName.get(mapping.DeviceName)
    byName.set(mapping.DeviceName, { ...present, ...mapping, ...mergedEbs(present, mapping) })
  }
  const volumes = [...byName.values()].filter(isVolume).map((mapping): VolumeRecord => {
    const { VolumeType = 'gp2', Iops, Throughput, SnapshotId, VolumeSize, ...ebs } = mapping.Ebs ?? {}
    const snapshot = SnapshotId === undefined ? undefined : ec2.snapshots.get(SnapshotId)
    const sizeGiB = VolumeSize ?? snapshot?.sizeGiB
    if (sizeGiB === undefined) throw missingParameter('size or snapshotId')
    const createdAtMs = ec2.deps.clock.now()
    return {
      id: ec2.newId('volume'),
      zone,
      sizeGiB,
      type: VolumeType,
      ...(SnapshotId === undefined ? {} : { snapshotId: SnapshotId }),
      ...(Iops === undefined ? {} : { iops: Iops }),
      ...(Throughput === undefined ? {} : { throughput: Throughput }),
      encrypted: isEncrypted(ec2, ebs.Encrypted, snapshot),
      instanceId,
      device: mapping.DeviceName ?? rootDevice,
      attachedAtMs: createdAtMs,
      ...(ebs.DeleteOnTermination === true ? {} : { outlivesInstance: true as const }),
      createdAtMs,
      tags: specifiedTags(launch.TagSpecifications, 'volume'),
    }
  })
  return { rootDevice, volumes }
}

function mergedEbs(
  present: BlockDeviceMapping | undefined,
  { Ebs }: BlockDeviceMapping,
): Pick<BlockDeviceMapping, 'Ebs'> {
  return present?.Ebs || Ebs ? { Ebs: { ...present?.Ebs, ...Ebs } } : {}
}

// NoDevice leaves a device of the image out; a virtual name is that of an instance store, which no image here has.
function isVolume({ NoDevice, VirtualName, Ebs }: BlockDeviceMapping): boolean {
  if (NoDevice !== undefined && NoDevice !== '') {
    throw new AwsError('InvalidRequest', 'The request received was invalid')
  }
  if (NoDevice !== undefined) return false
  if (VirtualName === undefined && !Ebs) throw missingParameter('ebs')
  return Ebs !== undefined
}
