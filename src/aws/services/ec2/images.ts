// Owns DescribeImages: the machine images that AWS publishes for nodes, and the account's own.
import type { DescribeImagesRequest, DescribeImagesResult, EbsBlockDevice, Image } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { wildcardMatches } from '../../../base/glob.ts'
import { machineImages, type MachineImage } from '../../../rules/nodes/machine-images.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { select, type FilterTable } from './filters.ts'
import { showAnyImage } from './image-shape.ts'
import { LISTED } from './members.ts'
import { showOwn } from './own-images.ts'
import type { Ec2State, Tags } from './state.ts'

/** An image as it is shown, whoever owns it. */
interface Row {
  readonly shown: Image
  readonly tags: Tags
}

const AMAZON = 'amazon'
/** Canonical's account: its images are no one's alias. */
const CANONICAL = '099720109477'

function aliasOf({ ownerId }: MachineImage): string | undefined {
  return ownerId === CANONICAL ? undefined : AMAZON
}

function deviceValues<T>(read: (device: EbsBlockDevice) => T): (row: Row) => readonly string[] {
  return ({ shown }) =>
    (shown.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => {
      const value = Ebs && read(Ebs)
      return value === undefined ? [] : [String(value)]
    })
}

// DescribeImages, request parameter Filter.N.
const FILTERS: FilterTable<Row> = {
  architecture: ({ shown }) => shown.Architecture,
  'block-device-mapping.delete-on-termination': deviceValues((ebs) => ebs.DeleteOnTermination),
  'block-device-mapping.device-name': ({ shown }) =>
    shown.BlockDeviceMappings?.map(({ DeviceName }) => DeviceName),
  'block-device-mapping.encrypted': deviceValues((ebs) => ebs.Encrypted),
  'block-device-mapping.snapshot-id': deviceValues((ebs) => ebs.SnapshotId),
  'block-device-mapping.volume-size': deviceValues((ebs) => ebs.VolumeSize),
  'block-device-mapping.volume-type': deviceValues((ebs) => ebs.VolumeType),
  'creation-date': ({ shown }) => shown.CreationDate,
  description: ({ shown }) => shown.Description,
  'ena-support': ({ shown }) => shown.EnaSupport,
  hypervisor: ({ shown }) => shown.Hypervisor,
  'image-id': ({ shown }) => shown.ImageId,
  'image-type': ({ shown }) => shown.ImageType,
  'is-public': ({ shown }) => shown.Public,
  name: ({ shown }) => shown.Name,
  'owner-alias': ({ shown }) => shown.ImageOwnerAlias,
  'owner-id': ({ shown }) => shown.OwnerId,
  platform: ({ shown }) => shown.Platform?.toLowerCase(),
  'platform-details': ({ shown }) => shown.PlatformDetails,
  'root-device-name': ({ shown }) => shown.RootDeviceName,
  'root-device-type': ({ shown }) => shown.RootDeviceType,
  'source-instance-id': ({ shown }) => shown.SourceInstanceId,
  state: ({ shown }) => shown.State,
  'virtualization-type': ({ shown }) => shown.VirtualizationType,
}

function creationDate(day: string): string {
  return `${day}T00:00:00.000Z`
}

function describe(image: MachineImage): Image {
  return {
    ...showAnyImage(image),
    ImageLocation: `${aliasOf(image) ?? image.ownerId}/${image.name}`,
    ImageOwnerAlias: aliasOf(image),
    OwnerId: image.ownerId,
    CreationDate: creationDate(image.createdOn),
    Public: true,
    BlockDeviceMappings: [
      {
        DeviceName: image.rootDevice,
        Ebs: {
          VolumeSize: image.rootGiB,
          VolumeType: 'gp3',
          DeleteOnTermination: true,
          Encrypted: false,
          SnapshotId: image.id.replace('ami-', 'snap-'),
        },
      },
    ],
    ImdsSupport: 'v2.0',
    Tags: [],
  }
}

/** Refuses what can't be the id of an image. @throws AwsError InvalidAMIID.Malformed */
export function checkImageId(id: string): void {
  if (/^ami-[0-9a-z]+$/.test(id)) return
  throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`)
}

function byIds(ec2: Ec2State, ids: readonly string[] | undefined): readonly Row[] {
  const published = machineImages().map((image): Row => ({ shown: describe(image), tags: {} }))
  const own = ec2.images
    .list()
    .filter(({ isGone }) => !isGone)
    .map((image): Row => ({ shown: showOwn(ec2, image), tags: image.tags }))
  const rows = [...published, ...own]
  if (!ids || ids.length === 0) return rows
  for (const id of ids) checkImageId(id)
  const found = ids.flatMap((id) => rows.find(({ shown }) => shown.ImageId === id) ?? [])
  // One that was deregistered is known still, and not shown.
  const missing = ids.filter((id) => !found.some(({ shown }) => shown.ImageId === id) && !ec2.images.has(id))
  if (missing.length === 0) return found
  const subject =
    missing.length === 1
      ? `The image id '[${missing[0]}]' does not`
      : `The image ids '[${missing.join(', ')}]' do not`
  throw new AwsError('InvalidAMIID.NotFound', `${subject} exist`)
}

/** Whether an image belongs to one of the owners: an account, `self`, `amazon` or `aws-marketplace`. */
function isOwnedBy(ec2: Ec2State, { shown }: Row, owners: readonly string[] | undefined): boolean {
  if (!owners || owners.length === 0) return true
  return owners.some(
    (owner) =>
      wildcardMatches(owner === 'self' ? ec2.deps.accountId : owner, shown.OwnerId ?? '') ||
      owner === shown.ImageOwnerAlias,
  )
}

// Who may launch it: everybody, its owner, or another account that it is shared with by name.
function isExecutableBy(ec2: Ec2State, { shown }: Row, users: readonly string[] | undefined): boolean {
  if (!users || users.length === 0) return true
  const named = ec2.images.get(shown.ImageId ?? '')?.users ?? []
  if (users.some((user) => named.includes(user))) return true
  if (shown.Public === true) return users.includes('all')
  return users.some((user) => user === 'self' || user === ec2.deps.accountId)
}

/** DescribeImages. @throws AwsError InvalidAMIID.Malformed, InvalidAMIID.NotFound, InvalidParameterValue */
export const describeImages = operation<Ec2State, DescribeImagesRequest, DescribeImagesResult>()({
  honours: ['ImageIds', 'Owners', 'ExecutableUsers', 'IncludeDeprecated', 'IncludeDisabled', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds(ec2, input.ImageIds)
      .filter((row) => isOwnedBy(ec2, row, input.Owners))
      .filter((row) => isExecutableBy(ec2, row, input.ExecutableUsers))
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { Images: items.map(({ shown }) => shown), NextToken: token }
  },
})
