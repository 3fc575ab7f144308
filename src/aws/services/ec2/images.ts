// Owns DescribeImages: the machine images that AWS publishes for nodes. Nobody makes images of their own near.
import type { DescribeImagesRequest, DescribeImagesResult, Image } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { wildcardMatches } from '../../../base/glob.ts'
import { machineImages, type MachineImage } from '../../../rules/nodes/machine-images.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { select, type FilterTable } from './filters.ts'
import { LISTED } from './members.ts'
import type { Ec2State } from './state.ts'

type Row = MachineImage & { readonly tags: Readonly<Record<string, string>> }

const AMAZON = 'amazon'
/** Canonical's account: its images are no one's alias. */
const CANONICAL = '099720109477'

function aliasOf({ ownerId }: MachineImage): string | undefined {
  return ownerId === CANONICAL ? undefined : AMAZON
}

// DescribeImages, request parameter Filter.N.
const FILTERS: FilterTable<Row> = {
  architecture: ({ architecture }) => architecture,
  'block-device-mapping.device-name': ({ rootDevice }) => rootDevice,
  'block-device-mapping.volume-size': ({ rootGiB }) => rootGiB,
  'block-device-mapping.volume-type': () => 'gp3',
  'creation-date': ({ createdOn }) => creationDate(createdOn),
  description: ({ description }) => description,
  'ena-support': () => true,
  hypervisor: () => 'xen',
  'image-id': ({ id }) => id,
  'image-type': () => 'machine',
  'is-public': () => true,
  name: ({ name }) => name,
  'owner-alias': aliasOf,
  'owner-id': ({ ownerId }) => ownerId,
  platform: ({ platform }) => (platform === 'Windows' ? 'windows' : undefined),
  'platform-details': ({ platform }) => platform,
  'root-device-name': ({ rootDevice }) => rootDevice,
  'root-device-type': () => 'ebs',
  state: () => 'available',
  'virtualization-type': () => 'hvm',
}

function creationDate(day: string): string {
  return `${day}T00:00:00.000Z`
}

function describe(image: MachineImage): Image {
  return {
    ImageId: image.id,
    Name: image.name,
    Description: image.description,
    ImageLocation: `${aliasOf(image) ?? image.ownerId}/${image.name}`,
    ImageOwnerAlias: aliasOf(image),
    OwnerId: image.ownerId,
    Architecture: image.architecture,
    CreationDate: creationDate(image.createdOn),
    Public: true,
    State: 'available',
    ImageType: 'machine',
    ...(image.platform === 'Windows' ? { Platform: 'Windows' as const } : {}),
    PlatformDetails: image.platform,
    UsageOperation: image.platform === 'Windows' ? 'RunInstances:0002' : 'RunInstances',
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
    RootDeviceName: image.rootDevice,
    RootDeviceType: 'ebs',
    VirtualizationType: 'hvm',
    Hypervisor: 'xen',
    EnaSupport: true,
    SriovNetSupport: 'simple',
    BootMode: image.architecture === 'arm64' ? 'uefi' : 'uefi-preferred',
    ImdsSupport: 'v2.0',
    Tags: [],
  }
}

/** Refuses what can't be the id of an image. @throws AwsError InvalidAMIID.Malformed */
export function checkImageId(id: string): void {
  if (/^ami-[0-9a-z]+$/.test(id)) return
  throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`)
}

function byIds(ids: readonly string[] | undefined): readonly MachineImage[] {
  if (!ids || ids.length === 0) return machineImages()
  for (const id of ids) checkImageId(id)
  const found = ids.flatMap((id) => machineImages().find((image) => image.id === id) ?? [])
  const missing = ids.filter((id) => !found.some((image) => image.id === id))
  if (missing.length === 0) return found
  const subject =
    missing.length === 1
      ? `The image id '[${missing[0]}]' does not`
      : `The image ids '[${missing.join(', ')}]' do not`
  throw new AwsError('InvalidAMIID.NotFound', `${subject} exist`)
}

/** Whether an image belongs to one of the owners: an account, `self`, `amazon` or `aws-marketplace`. */
function isOwnedBy(image: MachineImage, owners: readonly string[] | undefined): boolean {
  if (!owners || owners.length === 0) return true
  return owners.some((owner) => wildcardMatches(owner, image.ownerId) || owner === aliasOf(image))
}

/** DescribeImages. @throws AwsError InvalidAMIID.Malformed, InvalidAMIID.NotFound, InvalidParameterValue */
export const describeImages = operation<Ec2State, DescribeImagesRequest, DescribeImagesResult>()({
  honours: ['ImageIds', 'Owners', 'ExecutableUsers', 'IncludeDeprecated', 'IncludeDisabled', ...LISTED],
  handle: (input) => {
    const records = byIds(input.ImageIds)
      .filter((image) => isOwnedBy(image, input.Owners))
      // All of them are public; those that are shared with one account are others.
      .filter(() => !input.ExecutableUsers?.length || input.ExecutableUsers.includes('all'))
      .map((image) => ({ ...image, tags: {} }))
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { Images: items.map(describe), NextToken: token }
  },
})
