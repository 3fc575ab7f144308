// Owns describing volumes; they come and go with their instances.
import type { DescribeVolumesRequest, DescribeVolumesResult } from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { LISTED } from './members.ts'
import { paginate } from '../../protocol/paging.ts'
import { byIds, select, tagList, type FilterTable } from './filters.ts'
import type { Ec2State, VolumeRecord } from './state.ts'

const FILTERS: FilterTable<VolumeRecord> = {
  'attachment.device': ({ device }) => device,
  'attachment.instance-id': ({ instanceId }) => instanceId,
  'attachment.status': () => 'attached',
  'availability-zone': ({ zone }) => zone,
  encrypted: ({ encrypted }) => encrypted,
  size: ({ sizeGiB }) => sizeGiB,
  status: () => 'in-use',
  'volume-id': ({ id }) => id,
  'volume-type': ({ type }) => type,
}

export const describeVolumes = operation<Ec2State, DescribeVolumesRequest, DescribeVolumesResult>()({
  honours: ['VolumeIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('volume', ec2.volumes.list(), input.VolumeIds)
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return {
      Volumes: items.map((volume) => ({
        VolumeId: volume.id,
        AvailabilityZone: volume.zone,
        Size: volume.sizeGiB,
        // A launch may name types newer than the SDK's enumeration.
        VolumeType: volume.type as 'gp3',
        Iops: volume.iops,
        Throughput: volume.throughput,
        Encrypted: volume.encrypted,
        State: 'in-use' as const,
        CreateTime: new Date(volume.createdAtMs),
        SnapshotId: '',
        MultiAttachEnabled: false,
        Attachments: [
          {
            VolumeId: volume.id,
            InstanceId: volume.instanceId,
            Device: volume.device,
            State: 'attached' as const,
            AttachTime: new Date(volume.createdAtMs),
            DeleteOnTermination: true,
          },
        ],
        Tags: tagList(volume.tags),
      })),
      NextToken: token,
    }
  },
})
