// Owns snapshots: taken of a volume, of all volumes of an instance, copied, removed, described. Nothing is copied here, so
// one is complete at once. Source: API_CreateSnapshot, API_DescribeSnapshots; Amazon EBS User Guide, "EBS snapshots".
import type {
  CopySnapshotRequest,
  CopySnapshotResult,
  CreateSnapshotRequest,
  CreateSnapshotsRequest,
  CreateSnapshotsResult,
  DeleteSnapshotRequest,
  DescribeSnapshotsRequest,
  DescribeSnapshotsResult,
  Snapshot,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { notEmulated } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { LISTED, TAGGED } from './members.ts'
import { defaultKey, isEncrypted } from './ebs-encryption.ts'
import { need, type Ec2State, type SnapshotRecord, type Tags, type VolumeRecord } from './state.ts'

/** What a copy shows in the place of its volume. */
const NO_VOLUME = 'vol-ffffffff'

function filtersOf(ec2: Ec2State): FilterTable<SnapshotRecord> {
  return {
    description: ({ description }) => description,
    encrypted: ({ encrypted }) => encrypted,
    'owner-alias': () => undefined,
    'owner-id': () => ec2.deps.accountId,
    progress: () => '100%',
    'snapshot-id': ({ id }) => id,
    'start-time': ({ createdAtMs }) => new Date(createdAtMs).toISOString(),
    status: () => 'completed',
    'storage-tier': () => 'standard',
    'volume-id': ({ volumeId }) => volumeId,
    'volume-size': ({ sizeGiB }) => sizeGiB,
  }
}

function describe(ec2: Ec2State, record: SnapshotRecord): Snapshot {
  const at = new Date(record.createdAtMs)
  return {
    SnapshotId: record.id,
    VolumeId: record.volumeId ?? NO_VOLUME,
    VolumeSize: record.sizeGiB,
    Description: record.description,
    Encrypted: record.encrypted,
    KmsKeyId: record.kmsKeyId,
    OwnerId: ec2.deps.accountId,
    State: 'completed',
    Progress: '100%',
    StartTime: at,
    CompletionTime: at,
    StorageTier: 'standard',
    TransferType: record.volumeId === undefined ? 'standard' : undefined,
    Tags: tagList(record.tags),
  }
}

/** A snapshot of a volume as it is now, taken within a transaction. */
export function insertSnapshot(
  tx: Writer,
  ec2: Ec2State,
  { volume, description, tags }: { volume: VolumeRecord; description: string; tags: Tags },
): SnapshotRecord {
  const { id: volumeId, sizeGiB, encrypted, kmsKeyId } = volume
  const record: SnapshotRecord = {
    id: ec2.newId('snapshot'),
    volumeId,
    sizeGiB,
    encrypted,
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    description,
    createdAtMs: ec2.deps.clock.now(),
    tags,
  }
  ec2.snapshots.putIn(tx, record.id, record)
  return record
}

// As the answer to whoever takes one says it.
function begun(ec2: Ec2State, record: SnapshotRecord): Snapshot {
  const { CompletionTime: _none, ...shown } = describe(ec2, record)
  return { ...shown, State: 'pending', Progress: '' }
}

/** CreateSnapshot: complete at once, `pending` in the answer. @throws AwsError InvalidVolume.NotFound */
export const createSnapshot = operation<Ec2State, CreateSnapshotRequest, Snapshot>()({
  honours: ['VolumeId', 'Description', ...TAGGED],
  handle: async (input, ec2) =>
    await ec2.deps.store.transact((tx) => {
      const volume = need(ec2.volumes, 'volume', input.VolumeId)
      const tags = tagsOfNew(input.TagSpecifications, 'snapshot')
      return begun(ec2, insertSnapshot(tx, ec2, { volume, description: input.Description ?? '', tags }))
    }),
})

/** CreateSnapshots: of the volumes of an instance. @throws AwsError InvalidInstanceID.NotFound */
export const createSnapshots = operation<Ec2State, CreateSnapshotsRequest, CreateSnapshotsResult>()({
  honours: [
    'InstanceSpecification.InstanceId',
    'InstanceSpecification.ExcludeBootVolume',
    'InstanceSpecification.ExcludeDataVolumeIds',
    'Description',
    'CopyTagsFromSource',
    ...TAGGED,
  ],
  handle: async (input, ec2) =>
    await ec2.deps.store.transact((tx) => {
      const { InstanceId, ExcludeBootVolume, ExcludeDataVolumeIds = [] } = input.InstanceSpecification ?? {}
      const instance = need(ec2.instances, 'instance', InstanceId)
      const volumes = instance.volumeIds
        .flatMap((id) => ec2.volumes.get(id) ?? [])
        .filter(({ id }) => !ExcludeDataVolumeIds.includes(id))
        .filter(({ device }) => ExcludeBootVolume !== true || device !== instance.rootDeviceName)
      const given = tagsOfNew(input.TagSpecifications, 'snapshot')
      const Snapshots = volumes.map((volume) => {
        const tags = { ...(input.CopyTagsFromSource === 'volume' ? volume.tags : {}), ...given }
        const record = insertSnapshot(tx, ec2, { volume, description: input.Description ?? '', tags })
        const { id: SnapshotId, description: Description, encrypted: Encrypted } = record
        return {
          SnapshotId,
          Description,
          Encrypted,
          VolumeId: volume.id,
          VolumeSize: volume.sizeGiB,
          State: 'pending' as const,
          Progress: '',
          StartTime: new Date(record.createdAtMs),
          OwnerId: ec2.deps.accountId,
          Tags: tagList(tags),
        }
      })
      return { Snapshots }
    }),
})

/** CopySnapshot within the region. @throws AwsError InvalidSnapshot.NotFound, NotImplemented */
export const copySnapshot = operation<Ec2State, CopySnapshotRequest, CopySnapshotResult>()({
  honours: ['SourceRegion', 'SourceSnapshotId', 'Description', 'Encrypted', ...TAGGED],
  // Keys are records here, and clients sign a URL for the other region whether it is another or not.
  keeps: ['KmsKeyId', 'DestinationRegion', 'PresignedUrl'],
  handle: async (input, ec2) => {
    // Regions keep to themselves here.
    if (input.SourceRegion !== ec2.deps.region) throw notEmulated('Copying a snapshot from another region')
    const from = need(ec2.snapshots, 'snapshot', input.SourceSnapshotId)
    const encrypted = isEncrypted(ec2, input.Encrypted, from)
    // "If KmsKeyId is specified, the encrypted state must be true" (API_CopySnapshot).
    if (input.KmsKeyId !== undefined && !encrypted) {
      const needed = 'The parameter KmsKeyId requires the parameter Encrypted to be set.'
      throw new AwsError('InvalidParameterDependency', needed)
    }
    const kmsKeyId = encrypted ? (input.KmsKeyId ?? from.kmsKeyId ?? (await defaultKey(ec2))) : undefined
    return await ec2.deps.store.transact((tx) => {
      const source = need(ec2.snapshots, 'snapshot', input.SourceSnapshotId)
      const tags = tagsOfNew(input.TagSpecifications, 'snapshot')
      const copy: SnapshotRecord = {
        id: ec2.newId('snapshot'),
        sizeGiB: source.sizeGiB,
        encrypted,
        ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
        description: input.Description ?? '',
        createdAtMs: ec2.deps.clock.now(),
        tags,
      }
      ec2.snapshots.putIn(tx, copy.id, copy)
      return { SnapshotId: copy.id, Tags: tagList(tags) }
    })
  },
})

/** DeleteSnapshot. @throws AwsError InvalidSnapshot.NotFound, InvalidSnapshot.InUse */
export const deleteSnapshot = operation<Ec2State, DeleteSnapshotRequest, void>()({
  honours: ['SnapshotId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const { id } = need(ec2.snapshots, 'snapshot', input.SnapshotId)
      const user = ec2.images
        .list()
        .find((image) => !image.isGone && image.devices.some(({ snapshotId }) => snapshotId === id))
      if (user) {
        throw new AwsError('InvalidSnapshot.InUse', `The snapshot ${id} is currently in use by ${user.id}`)
      }
      ec2.snapshots.deleteIn(tx, id)
    })
  },
})

/** DescribeSnapshots: the account's own; those of AWS's images are nobody's to see here. @throws as `byIds` */
export const describeSnapshots = operation<Ec2State, DescribeSnapshotsRequest, DescribeSnapshotsResult>()({
  honours: ['SnapshotIds', 'OwnerIds', 'RestorableByUserIds', ...LISTED],
  handle: (input, ec2) => {
    const mine = ['self', ec2.deps.accountId]
    const isMine = (ids: readonly string[] | undefined): boolean =>
      !ids || ids.length === 0 || ids.some((id) => mine.includes(id))
    const records = byIds('snapshot', ec2.snapshots.listByAge(), input.SnapshotIds)
      .filter(() => isMine(input.OwnerIds))
      .filter(({ isPublic }) =>
        isPublic && input.RestorableByUserIds?.includes('all') ? true : isMine(input.RestorableByUserIds),
      )
    const found = select({ records, filters: input.Filters, table: filtersOf(ec2) })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { Snapshots: items.map((record) => describe(ec2, record)), NextToken: token }
  },
})
