// Owns the resource type AWS::EC2::Volume.
import { membersOf, sameNames } from '../members.ts'
import type { ResourceType, Step } from '../resource-type.ts'
import { creation, described, drop, type Noun, tagsStep } from './ec2.ts'

const volumeNoun: Noun = {
  resourceType: 'volume',
  create: 'CreateVolume',
  describe: 'DescribeVolumes',
  remove: 'DeleteVolume',
  list: 'Volumes',
  id: 'VolumeId',
  notFound: 'InvalidVolume.NotFound',
}
const SIZE = sameNames('Size', 'VolumeType', 'Iops', 'Throughput')

const sizeStep: Step = {
  operations: ['ec2:ModifyVolume'],
  on: Object.keys(SIZE),
  run: async ({ physicalId: VolumeId, after }, context) => {
    await context.call('ec2', 'ModifyVolume', { VolumeId, ...membersOf(SIZE, after) })
  },
}

export const volume: ResourceType = {
  name: 'AWS::EC2::Volume',
  create: creation(volumeNoun, { ...SIZE, ...sameNames('AvailabilityZone', 'Encrypted') }),
  update: [sizeStep, tagsStep()],
  defaults: { AutoEnableIO: false, MultiAttachEnabled: false },
  attributes: ['VolumeId'],
  read: (VolumeId) => Promise.resolve({ state: 'ready', attributes: { VolumeId } }),
  actual: described(volumeNoun, 'AvailabilityZone', 'Encrypted', ...Object.keys(SIZE)),
  remove: (id, context) => drop(volumeNoun, id, context),
}
