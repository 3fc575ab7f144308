// Owns the resource type AWS::EC2::VolumeAttachment.
import type { DescribeVolumesResult, VolumeAttachment } from '@aws-sdk/client-ec2'

import { tolerating } from '../find-made.ts'
import { membersOf, sameNames, textAt } from '../members.ts'
import type { ResourceContext, ResourceType } from '../resource-type.ts'

const PLACE = sameNames('VolumeId', 'InstanceId', 'Device')
const DETACHED = [
  'IncorrectState',
  'InvalidAttachment.NotFound',
  'InvalidInstanceID.NotFound',
  'InvalidVolume.NotFound',
]

async function look(VolumeId: string, context: ResourceContext): Promise<VolumeAttachment | undefined> {
  const { Volumes = [] } = await context.call<DescribeVolumesResult>('ec2', 'DescribeVolumes', {
    VolumeIds: [VolumeId],
  })
  return Volumes[0]?.Attachments?.[0]
}

export const volumeAttachment: ResourceType = {
  name: 'AWS::EC2::VolumeAttachment',
  create: {
    operations: ['ec2:AttachVolume'],
    on: Object.keys(PLACE),
    run: async (properties, context) => {
      await context.call('ec2', 'AttachVolume', membersOf(PLACE, properties))
      return `${textAt(properties, 'VolumeId')}|${textAt(properties, 'InstanceId')}`
    },
    find: async (properties, context) => {
      const [volume = '', instance] = [textAt(properties, 'VolumeId'), textAt(properties, 'InstanceId')]
      const attachment = await look(volume, context)
      return attachment && attachment.InstanceId === instance ? `${volume}|${instance}` : undefined
    },
  },
  update: [],
  attributes: [],
  read: () => Promise.resolve({ state: 'ready', attributes: {} }),
  remove: async (id, context) => {
    const [VolumeId = '', InstanceId] = id.split('|')
    await tolerating(DETACHED, () => context.call('ec2', 'DetachVolume', { VolumeId, InstanceId }))
    return true
  },
}
