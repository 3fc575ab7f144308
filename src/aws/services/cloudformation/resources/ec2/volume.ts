// Owns the resource type AWS::EC2::Volume.
import { membersOf, sameNames } from '../members.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { creation, described, drop, type Noun, tagSpecifications, tagsStep } from './ec2.ts'

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

type Snapshots = { readonly Snapshots?: readonly { readonly State?: string }[] }

// Found again by its tags, as what a killed attempt has made.
async function copy(VolumeId: string, context: ResourceContext): Promise<boolean> {
  const { Snapshots: [made] = [] } = await context.call<Snapshots>('ec2', 'DescribeSnapshots', {
    OwnerIds: ['self'],
    Filters: [
      { Name: 'volume-id', Values: [VolumeId] },
      { Name: 'tag:aws:cloudformation:stack-id', Values: [context.stackId] },
    ],
  })
  if (made) return made.State === 'completed'
  await context.call('ec2', 'CreateSnapshot', { VolumeId, ...tagSpecifications('snapshot', {}, context) })
  return false
}

export const volume: ResourceType = {
  name: 'AWS::EC2::Volume',
  create: creation(volumeNoun, { ...SIZE, ...sameNames('AvailabilityZone', 'Encrypted') }),
  update: [sizeStep, tagsStep()],
  defaults: { AutoEnableIO: false, MultiAttachEnabled: false },
  attributes: ['VolumeId'],
  read: (VolumeId) => Promise.resolve({ state: 'ready', attributes: { VolumeId } }),
  actual: described(volumeNoun, 'AvailabilityZone', 'Encrypted', ...Object.keys(SIZE)),
  snapshot: copy,
  remove: (id, context) => drop(volumeNoun, id, context),
}
