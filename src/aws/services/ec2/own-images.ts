// Owns machine images of the account: made of an instance, registered, copied, deregistered. They start instances as any
// image does: what runs on a node here is not in its image. Source: API_CreateImage, API_RegisterImage, API_CopyImage.
import type {
  BlockDeviceMapping,
  CopyImageRequest,
  CopyImageResult,
  CreateImageRequest,
  CreateImageResult,
  DeregisterImageRequest,
  DeregisterImageResult,
  Image,
  RegisterImageRequest,
  RegisterImageResult,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { machineImages } from '../../../rules/nodes/machine-images.ts'
import { operation } from '../../protocol/operation.ts'
import { architectureOf } from './architecture.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { invalidParameterValue, missingParameter, notEmulated } from './errors.ts'
import { checkTagSpecifications, specifiedTags, tagList } from './filters.ts'
import { showAnyImage } from './image-shape.ts'
import { DEVICES } from './launch-members.ts'
import { TAGGED } from './members.ts'
import { insertSnapshot } from './snapshots.ts'
import { need, type Ec2State, type ImageDevice, type ImageRecord } from './state.ts'

const ROOT_GIB = 8
/** An image comes with its snapshots. */
const MADE = ['image', 'snapshot']

/** One of the account's images as answers carry it. */
export function showOwn(ec2: Ec2State, image: ImageRecord): Image {
  return {
    ...showAnyImage(image),
    ImageLocation: `${ec2.deps.accountId}/${image.name}`,
    OwnerId: ec2.deps.accountId,
    CreationDate: new Date(image.createdAtMs).toISOString(),
    Public: image.isPublic === true,
    BlockDeviceMappings: image.devices.map(showDevice),
    SourceInstanceId: image.instanceId,
    SourceImageId: image.sourceId,
    Tags: tagList(image.tags),
  }
}

function showDevice(device: ImageDevice): BlockDeviceMapping {
  return {
    DeviceName: device.name,
    Ebs: {
      SnapshotId: device.snapshotId,
      VolumeSize: device.sizeGiB,
      // A launch may name types newer than the SDK's enumeration.
      VolumeType: device.type as 'gp3',
      Iops: device.iops,
      Throughput: device.throughput,
      Encrypted: device.encrypted,
      DeleteOnTermination: device.goesWithInstance,
    },
  }
}

/** An image of the account that is still there. @throws AwsError InvalidAMIID.Unavailable, InvalidAMIID.NotFound */
export function needOwn(ec2: Ec2State, id: string | undefined): ImageRecord {
  const image = need(ec2.images, 'image', id)
  if (!image.isGone) return image
  throw new AwsError('InvalidAMIID.Unavailable', `The image id '[${image.id}]' is no longer available`)
}

function insertImage(tx: Writer, ec2: Ec2State, wanted: Omit<ImageRecord, 'createdAtMs'>): ImageRecord {
  const twin = ec2.images.list().find(({ name, isGone }) => name === wanted.name && !isGone)
  if (twin) {
    throw new AwsError(
      'InvalidAMIName.Duplicate',
      `AMI name ${wanted.name} is already in use by AMI ${twin.id}`,
    )
  }
  const image = { createdAtMs: ec2.deps.clock.now(), ...wanted }
  ec2.images.putIn(tx, image.id, image)
  return image
}

/**
 * CreateImage: of an instance as it is, with a snapshot of each of its volumes. Available at once.
 * @throws AwsError InvalidInstanceID.NotFound, IncorrectInstanceState, InvalidAMIName.Duplicate, MissingParameter
 */
export const createImage = operation<Ec2State, CreateImageRequest, CreateImageResult>()({
  honours: ['InstanceId', 'Name', 'Description', ...TAGGED],
  // Nothing is written while it is made.
  keeps: ['NoReboot'],
  handle: async (input, ec2) => {
    checkTagSpecifications(input.TagSpecifications, MADE)
    const { Name: name, Description: description = '' } = input
    if (name === undefined) throw missingParameter('name')
    return await ec2.deps.store.transact((tx) => {
      const instance = need(ec2.instances, 'instance', input.InstanceId)
      if (!['running', 'stopped', 'stopping', 'pending'].includes(instance.state)) {
        throw new AwsError('IncorrectState', `The instance '${instance.id}' is not in a state for an image.`)
      }
      const id = ec2.newId('image')
      const tags = specifiedTags(input.TagSpecifications, 'snapshot')
      const made = `Created by CreateImage(${instance.id}) for ${id}`
      const devices = instance.volumeIds
        .flatMap((volumeId) => ec2.volumes.get(volumeId) ?? [])
        .map((volume): ImageDevice => {
          const { iops, throughput, sizeGiB, type, encrypted } = volume
          return {
            name: volume.device ?? instance.rootDeviceName,
            snapshotId: insertSnapshot(tx, ec2, { volume, description: made, tags }).id,
            sizeGiB,
            type,
            encrypted,
            goesWithInstance: volume.outlivesInstance !== true,
            ...(iops === undefined ? {} : { iops }),
            ...(throughput === undefined ? {} : { throughput }),
          }
        })
      const image = insertImage(tx, ec2, {
        id,
        name,
        description,
        architecture: architectureOf(instance.instanceType),
        platform: 'Linux/UNIX',
        rootDevice: instance.rootDeviceName,
        devices,
        instanceId: instance.id,
        sourceId: instance.imageId,
        tags: specifiedTags(input.TagSpecifications, 'image'),
      })
      return { ImageId: image.id }
    })
  },
})

/**
 * RegisterImage: of snapshots.
 * @throws AwsError InvalidSnapshot.NotFound, InvalidAMIName.Duplicate, InvalidParameterValue, MissingParameter
 */
export const registerImage = operation<Ec2State, RegisterImageRequest, RegisterImageResult>()({
  honours: [
    'Name',
    'Description',
    'Architecture',
    'VirtualizationType',
    'RootDeviceName',
    ...DEVICES,
    ...TAGGED,
  ],
  keeps: ['EnaSupport', 'SriovNetSupport'],
  handle: async (input, ec2) => {
    checkTagSpecifications(input.TagSpecifications, MADE)
    const { Name: name, Architecture: architecture = 'x86_64', VirtualizationType: kind = 'hvm' } = input
    if (name === undefined) throw missingParameter('name')
    if (kind !== 'hvm') throw notEmulated(`An image of the virtualization type ${kind}`)
    if (architecture !== 'x86_64' && architecture !== 'arm64') {
      throw notEmulated(`An image of the architecture ${architecture}`)
    }
    return await ec2.deps.store.transact((tx) => {
      const devices = (input.BlockDeviceMappings ?? []).map((mapping) => deviceOf(ec2, mapping))
      const rootDevice = input.RootDeviceName ?? '/dev/sda1'
      if (!devices.some((device) => device.name === rootDevice)) {
        throw invalidParameterValue(
          `The root device '${rootDevice}' must be among the block device mappings.`,
        )
      }
      const image = insertImage(tx, ec2, {
        id: ec2.newId('image'),
        name,
        description: input.Description ?? '',
        architecture,
        platform: 'Linux/UNIX',
        rootDevice,
        devices,
        tags: specifiedTags(input.TagSpecifications, 'image'),
      })
      return { ImageId: image.id }
    })
  },
})

function deviceOf(ec2: Ec2State, { DeviceName: name = '', Ebs }: BlockDeviceMapping): ImageDevice {
  const { SnapshotId, VolumeSize, VolumeType = 'standard', Iops, Throughput, Encrypted } = Ebs ?? {}
  const snapshot = SnapshotId === undefined ? undefined : need(ec2.snapshots, 'snapshot', SnapshotId)
  return {
    name,
    ...(snapshot ? { snapshotId: snapshot.id } : {}),
    sizeGiB: VolumeSize ?? snapshot?.sizeGiB ?? ROOT_GIB,
    type: VolumeType,
    encrypted: Encrypted ?? snapshot?.encrypted ?? false,
    goesWithInstance: Ebs?.DeleteOnTermination ?? true,
    ...(Iops === undefined ? {} : { iops: Iops }),
    ...(Throughput === undefined ? {} : { throughput: Throughput }),
  }
}

/**
 * CopyImage within the region, of one's own image or of one that AWS publishes.
 * @throws AwsError InvalidAMIID.NotFound, InvalidAMIID.Unavailable, InvalidAMIName.Duplicate, NotImplemented
 */
export const copyImage = operation<Ec2State, CopyImageRequest, CopyImageResult>()({
  honours: [
    'Name',
    'Description',
    'SourceImageId',
    'SourceRegion',
    'Encrypted',
    'CopyImageTags',
    'ClientToken',
    ...TAGGED,
  ],
  keeps: ['KmsKeyId'],
  handle: async (input, ec2) => {
    checkTagSpecifications(input.TagSpecifications, MADE)
    if (input.SourceRegion !== ec2.deps.region) throw notEmulated('Copying an image from another region')
    const { Name: name = '', SourceImageId: sourceId = '' } = input
    const token = clientTokenOf(input)
    return await ec2.deps.store.transact((tx) => {
      const earlier = token && ec2.images.find('token', token.value)
      if (earlier && isRepeated(token, earlier.token)) return { ImageId: earlier.id }
      const source = sourceOf(ec2, sourceId)
      const image = insertImage(tx, ec2, {
        ...source,
        id: ec2.newId('image'),
        name,
        description: input.Description ?? '',
        devices: source.devices.map((device) => ({
          ...device,
          encrypted: device.encrypted || input.Encrypted === true,
        })),
        sourceId,
        ...(token ? { token } : {}),
        tags: {
          ...(input.CopyImageTags ? source.tags : {}),
          ...specifiedTags(input.TagSpecifications, 'image'),
        },
      })
      return { ImageId: image.id }
    })
  },
})

type Source = Pick<ImageRecord, 'architecture' | 'platform' | 'rootDevice' | 'devices' | 'tags'>

function sourceOf(ec2: Ec2State, id: string): Source {
  const published = machineImages().find((image) => image.id === id)
  if (!published) {
    const { architecture, platform, rootDevice, devices, tags } = needOwn(ec2, id)
    return { architecture, platform, rootDevice, devices, tags }
  }
  const { architecture, platform, rootDevice, rootGiB } = published
  const root = { name: rootDevice, sizeGiB: rootGiB, type: 'gp3', encrypted: false, goesWithInstance: true }
  return { architecture, platform, rootDevice, devices: [root], tags: {} }
}

/** DeregisterImage: its snapshots stay. @throws AwsError InvalidAMIID.NotFound, InvalidAMIID.Unavailable */
export const deregisterImage = operation<Ec2State, DeregisterImageRequest, DeregisterImageResult>()({
  honours: ['ImageId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const image = needOwn(ec2, input.ImageId)
      ec2.images.putIn(tx, image.id, { ...image, isGone: true })
    })
    return { Return: true }
  },
})
