// Owns what answers say of every machine image alike: AWS's own and those of the account.
import type { Image } from '@aws-sdk/client-ec2'

interface AnyImage {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
  readonly architecture: 'x86_64' | 'arm64'
  /** As `PlatformDetails` has it. */
  readonly platform: string
  /** `/dev/xvda` */
  readonly rootDevice: string
}

/** An image without its owner, its day, its devices and its tags. */
export function showAnyImage({ id, name, description, architecture, platform, rootDevice }: AnyImage) {
  const isWindows = platform === 'Windows'
  return {
    ImageId: id,
    Name: name,
    Description: description,
    Architecture: architecture,
    State: 'available',
    ImageType: 'machine',
    ...(isWindows ? { Platform: 'Windows' as const } : {}),
    PlatformDetails: platform,
    UsageOperation: isWindows ? 'RunInstances:0002' : 'RunInstances',
    RootDeviceName: rootDevice,
    RootDeviceType: 'ebs',
    VirtualizationType: 'hvm',
    Hypervisor: 'xen',
    EnaSupport: true,
    SriovNetSupport: 'simple',
    BootMode: architecture === 'arm64' ? 'uefi' : 'uefi-preferred',
  } satisfies Image
}
