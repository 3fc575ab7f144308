// Owns volumes: making, deleting, describing them.
import type {
  CreateVolumeRequest,
  DeleteVolumeRequest,
  DescribeVolumesRequest,
  DescribeVolumesResult,
  Volume,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { LISTED, TAGGED } from './members.ts'
import { paginate } from '../../protocol/paging.ts'
import { attachmentOf } from './attachments.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { defaultKey, isEncrypted } from './ebs-encryption.ts'
import { invalidParameterValue } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { need, type Ec2State, type SnapshotRecord, type VolumeRecord } from './state.ts'
import { zonesOf } from './zones.ts'

const FILTERS: FilterTable<VolumeRecord> = {
  'attachment.attach-time': ({ attachedAtMs }) => isoOf(attachedAtMs),
  'attachment.delete-on-termination': ({ instanceId, outlivesInstance }) =>
    instanceId === undefined ? undefined : outlivesInstance !== true,
  'attachment.device': ({ device }) => device,
  'attachment.instance-id': ({ instanceId }) => instanceId,
  'attachment.status': ({ instanceId }) => (instanceId === undefined ? undefined : 'attached'),
  'availability-zone': ({ zone }) => zone,
  'create-time': ({ createdAtMs }) => isoOf(createdAtMs),
  encrypted: ({ encrypted }) => encrypted,
  size: ({ sizeGiB }) => sizeGiB,
  'snapshot-id': ({ snapshotId }) => snapshotId,
  status: ({ instanceId }) => (instanceId === undefined ? 'available' : 'in-use'),
  'volume-id': ({ id }) => id,
  'volume-type': ({ type }) => type,
}

function isoOf(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString()
}

function describe(volume: VolumeRecord): Volume {
  return {
    VolumeId: volume.id,
    AvailabilityZone: volume.zone,
    Size: volume.sizeGiB,
    // A launch may name types newer than the SDK's enumeration.
    VolumeType: volume.type as 'gp3',
    Iops: volume.iops,
    Throughput: volume.throughput,
    Encrypted: volume.encrypted,
    KmsKeyId: volume.kmsKeyId,
    State: volume.instanceId === undefined ? 'available' : 'in-use',
    CreateTime: new Date(volume.createdAtMs),
    SnapshotId: volume.snapshotId ?? '',
    MultiAttachEnabled: false,
    Attachments: volume.instanceId === undefined ? [] : [attachmentOf(volume, 'attached')],
    // No tags at all are not shown (AWS CLI reference, examples of describe-volumes).
    Tags: Object.keys(volume.tags).length > 0 ? tagList(volume.tags) : undefined,
  }
}

// GiB by type ("Amazon EBS volume types").
const SIZES: Readonly<Record<string, readonly [minimum: number, maximum: number]>> = {
  gp2: [1, 16_384],
  gp3: [1, 65_536],
  io1: [4, 16_384],
  io2: [4, 65_536],
  sc1: [125, 16_384],
  st1: [125, 16_384],
  standard: [1, 1024],
}

/** @returns the size. @throws AwsError for a zone, type or size that there is not. */
export function requireVolume(
  { deps }: Ec2State,
  { zone, type, sizeGiB }: { zone: string; type: string; sizeGiB: number | undefined },
): number {
  if (!zonesOf(deps.region).some(({ name }) => name === zone)) {
    throw new AwsError('InvalidZone.NotFound', `The zone '${zone}' does not exist.`)
  }
  const range = SIZES[type]
  if (!range) throw invalidParameterValue(`Value (${type}) for parameter volumeType is invalid.`)
  if (sizeGiB === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter size/snapshot')
  }
  const [minimum, maximum] = range
  if (sizeGiB < minimum || sizeGiB > maximum) {
    throw invalidParameterValue(
      `Volume of ${sizeGiB}GiB is ${sizeGiB < minimum ? 'too small' : 'too large'} for volume type ${type}; ${
        sizeGiB < minimum ? `minimum is ${minimum}GiB.` : `maximum is ${maximum}GiB.`
      }`,
    )
  }
  return sizeGiB
}

function snapshotOf(ec2: Ec2State, input: CreateVolumeRequest): SnapshotRecord | undefined {
  if (input.SnapshotId === undefined || input.SnapshotId === '') return undefined
  const snapshot = need(ec2.snapshots, 'snapshot', input.SnapshotId)
  if (input.Size === undefined || input.Size >= snapshot.sizeGiB) return snapshot
  // The words are Neargate's: those of AWS were not found.
  throw invalidParameterValue(
    `Volume of ${input.Size}GiB is smaller than snapshot '${snapshot.id}', expect size >= ${snapshot.sizeGiB}GiB`,
  )
}

function checkDependencies(input: CreateVolumeRequest): void {
  const { VolumeType: type = 'gp2', Throughput, Encrypted, KmsKeyId } = input
  if (KmsKeyId !== undefined && Encrypted !== true) {
    throw dependency('The parameter KmsKeyId requires the parameter Encrypted to be set.')
  }
  if (Throughput !== undefined && type !== 'gp3') {
    throw dependency(`The parameter Throughput is not supported for ${type} volumes.`)
  }
}

function dependency(message: string): AwsError {
  return new AwsError('InvalidParameterDependency', message)
}

/**
 * CreateVolume: an empty volume, or one of a snapshot, that belongs to no instance. It is `available` at once.
 * @throws AwsError InvalidZone.NotFound, InvalidSnapshot.NotFound, InvalidParameterValue, MissingParameter,
 *   InvalidParameterDependency, IdempotentParameterMismatch
 */
export const createVolume = operation<Ec2State, CreateVolumeRequest, Volume>()({
  honours: ['AvailabilityZone', 'Size', 'SnapshotId', 'VolumeType', 'ClientToken', ...TAGGED],
  keeps: ['Iops', 'Throughput', 'Encrypted', 'KmsKeyId'],
  handle: async (input, ec2) => {
    const { AvailabilityZone: zone = '', VolumeType: type = 'gp2', Iops, Throughput } = input
    checkDependencies(input)
    const token = clientTokenOf(input)
    const given = input.SnapshotId ? ec2.snapshots.get(input.SnapshotId) : undefined
    const encrypted = isEncrypted(ec2, input.Encrypted, given)
    const kmsKeyId = encrypted ? (input.KmsKeyId ?? given?.kmsKeyId ?? (await defaultKey(ec2))) : undefined
    const volume = await ec2.deps.store.transact((tx) => {
      const earlier = token && ec2.volumes.find('token', token.value)
      if (earlier && isRepeated(token, earlier.token)) return earlier
      const snapshot = snapshotOf(ec2, input)
      const sizeGiB = requireVolume(ec2, { zone, type, sizeGiB: input.Size ?? snapshot?.sizeGiB })
      const made: VolumeRecord = {
        id: ec2.newId('volume'),
        zone,
        sizeGiB,
        type,
        ...(Iops === undefined ? {} : { iops: Iops }),
        ...(Throughput === undefined ? {} : { throughput: Throughput }),
        encrypted,
        ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
        ...(snapshot ? { snapshotId: snapshot.id } : {}),
        createdAtMs: ec2.deps.clock.now(),
        tags: tagsOfNew(input.TagSpecifications, 'volume'),
        ...(token ? { token } : {}),
      }
      ec2.volumes.putIn(tx, made.id, made)
      return made
    })
    const { Attachments: _none, ...answer } = describe(volume)
    return { ...answer, Tags: tagList(volume.tags), State: 'creating' }
  },
})

/** DeleteVolume. @throws AwsError InvalidVolume.NotFound, VolumeInUse */
export const deleteVolume = operation<Ec2State, DeleteVolumeRequest, void>()({
  honours: ['VolumeId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const { id, instanceId } = need(ec2.volumes, 'volume', input.VolumeId)
      if (instanceId !== undefined) {
        throw new AwsError('VolumeInUse', `Volume ${id} is currently attached to ${instanceId}`)
      }
      ec2.volumes.deleteIn(tx, id)
    })
  },
})

/** DescribeVolumes. @throws AwsError InvalidVolume.NotFound */
export const describeVolumes = operation<Ec2State, DescribeVolumesRequest, DescribeVolumesResult>()({
  honours: ['VolumeIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('volume', ec2.volumes.listByAge(), input.VolumeIds)
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { Volumes: items.map(describe), NextToken: token }
  },
})
