// Owns the steps of EC2's snapshots and images, on a volume and an instance that they make.
import { step, type Step } from './step.ts'

const REGION = 'ap-southeast-1'
const ROOT = '/dev/xvda'

/** Makes, shares, copies and removes them. */
export const copies: readonly Step[] = [
  step('ec2', 'CreateSnapshot', ({ volume }) => ({ VolumeId: volume }), { snapshot: 'SnapshotId' }),
  step('ec2', 'DescribeSnapshots', ({ snapshot }) => ({ SnapshotIds: [snapshot] })),
  step('ec2', 'ModifySnapshotAttribute', ({ snapshot }) => ({
    SnapshotId: snapshot,
    OperationType: 'add',
    UserIds: ['111122223333'],
  })),
  step('ec2', 'DescribeSnapshotAttribute', ({ snapshot }) => ({
    SnapshotId: snapshot,
    Attribute: 'createVolumePermission',
  })),
  step('ec2', 'CopySnapshot', ({ snapshot }) => ({ SourceSnapshotId: snapshot, SourceRegion: REGION })),
  step('ec2', 'CreateSnapshots', ({ instance }) => ({ InstanceSpecification: { InstanceId: instance } })),
  step('ec2', 'CreateImage', ({ instance }) => ({ InstanceId: instance, Name: 'made' }), {
    image: 'ImageId',
  }),
  step('ec2', 'DescribeImageAttribute', ({ image }) => ({ ImageId: image, Attribute: 'launchPermission' })),
  step('ec2', 'ModifyImageAttribute', ({ image }) => ({ ImageId: image, Description: { Value: 'd' } })),
  step('ec2', 'CopyImage', ({ image }) => ({ SourceImageId: image, SourceRegion: REGION, Name: 'copied' })),
  step(
    'ec2',
    'RegisterImage',
    ({ snapshot }) => ({
      Name: 'registered',
      RootDeviceName: ROOT,
      BlockDeviceMappings: [{ DeviceName: ROOT, Ebs: { SnapshotId: snapshot } }],
    }),
    { registered: 'ImageId' },
  ),
  step('ec2', 'DeregisterImage', ({ registered }) => ({ ImageId: registered })),
  step('ec2', 'DeleteSnapshot', ({ snapshot }) => ({ SnapshotId: snapshot })),
]
