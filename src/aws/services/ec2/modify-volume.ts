// Owns the modification of volumes: larger, faster, of another type. Nothing is copied here, so it is complete at once.
import type {
  DescribeVolumesModificationsRequest,
  DescribeVolumesModificationsResult,
  ModifyVolumeRequest,
  ModifyVolumeResult,
  VolumeModification,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { LISTED } from './members.ts'
import { paginate } from '../../protocol/paging.ts'
import { invalidParameterValue } from './errors.ts'
import { byIds, select, type FilterTable } from './filters.ts'
import { need, type Ec2State, type ModificationRecord, type VolumeRecord } from './state.ts'
import { requireVolume } from './volumes.ts'

type Modified = VolumeRecord & { readonly modification: ModificationRecord }

const FILTERS: FilterTable<Modified> = {
  'modification-state': () => 'completed',
  'original-size': ({ modification }) => modification.sizeGiB,
  'original-volume-type': ({ modification }) => modification.type,
  'target-size': ({ sizeGiB }) => sizeGiB,
  'target-volume-type': ({ type }) => type,
  'volume-id': ({ id }) => id,
}

function describe(volume: Modified): VolumeModification {
  const { modification: before } = volume
  const at = new Date(before.atMs)
  return {
    VolumeId: volume.id,
    ModificationState: 'completed',
    OriginalSize: before.sizeGiB,
    // A launch may name types newer than the SDK's enumeration.
    OriginalVolumeType: before.type as 'gp3',
    OriginalIops: before.iops,
    OriginalThroughput: before.throughput,
    TargetSize: volume.sizeGiB,
    TargetVolumeType: volume.type as 'gp3',
    TargetIops: volume.iops,
    TargetThroughput: volume.throughput,
    Progress: 100,
    StartTime: at,
    EndTime: at,
  }
}

/**
 * ModifyVolume. The answer says `modifying`, as AWS's does; DescribeVolumesModifications finds it completed.
 * @throws AwsError InvalidVolume.NotFound, InvalidParameterValue
 */
export const modifyVolume = operation<Ec2State, ModifyVolumeRequest, ModifyVolumeResult>()({
  honours: ['VolumeId', 'Size', 'VolumeType', 'Iops', 'Throughput'],
  handle: async (input, ec2) => {
    const modified = await ec2.deps.store.transact((tx) => {
      const volume = need(ec2.volumes, 'volume', input.VolumeId)
      const next = changed(volume, input)
      requireVolume(ec2, { zone: next.zone, type: next.type, sizeGiB: next.sizeGiB })
      if (next.sizeGiB < volume.sizeGiB) {
        throw invalidParameterValue('New size cannot be smaller than existing size')
      }
      const { sizeGiB, type, iops, throughput } = volume
      const before: ModificationRecord = {
        atMs: ec2.deps.clock.now(),
        sizeGiB,
        type,
        ...(iops === undefined ? {} : { iops }),
        ...(throughput === undefined ? {} : { throughput }),
      }
      const made: Modified = { ...next, modification: before }
      ec2.volumes.putIn(tx, made.id, made)
      return made
    })
    const { EndTime: _end, ...answer } = describe(modified)
    return { VolumeModification: { ...answer, ModificationState: 'modifying', Progress: 0 } }
  },
})

function changed(volume: VolumeRecord, input: ModifyVolumeRequest): VolumeRecord {
  const { Size, VolumeType, Iops, Throughput } = input
  return {
    ...volume,
    ...(Size === undefined ? {} : { sizeGiB: Size }),
    ...(VolumeType === undefined ? {} : { type: VolumeType }),
    ...(Iops === undefined ? {} : { iops: Iops }),
    ...(Throughput === undefined ? {} : { throughput: Throughput }),
  }
}

/** DescribeVolumesModifications: the latest of each volume. @throws AwsError InvalidVolumeModification.NotFound */
export const describeVolumesModifications = operation<
  Ec2State,
  DescribeVolumesModificationsRequest,
  DescribeVolumesModificationsResult
>()({
  honours: ['VolumeIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('volume', ec2.volumes.listByAge(), input.VolumeIds).filter(isModified)
    if (input.VolumeIds?.length && records.length === 0) {
      throw new AwsError(
        'InvalidVolumeModification.NotFound',
        `Modification for volume '${input.VolumeIds[0] ?? ''}' does not exist.`,
      )
    }
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { VolumesModifications: items.map(describe), NextToken: token }
  },
})

function isModified(volume: VolumeRecord): volume is Modified {
  return volume.modification !== undefined
}
