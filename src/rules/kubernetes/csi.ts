// Owns what is true of every CSI volume: its names, whether it is attached at all, and which pods are drivers. Pure.
// Source: kubernetes pkg/volume/csi (getAttachmentName, skipAttach), pkg/volume/util (IsMultiAttachAllowed).

import { sha256Hex } from '../../base/sha256.ts'
import type { CSIDriver, PersistentVolume, Pod, VolumeAttachment } from '../../../generated/kubernetes.d.ts'
import { EBS_DRIVER } from './ebs-volume.ts'

export const EFS_DRIVER = 'efs.csi.aws.com'
/** Why nobody makes volumes of that driver here, as the end of a sentence. */
export const NO_FILE_SYSTEMS = 'file systems of EFS are not emulated'

/** The name of the object that stands for the attachment of a volume to a node. */
export function attachmentName(handle: string, driver: string, nodeName: string): string {
  return `csi-${sha256Hex(`${handle}${driver}${nodeName}`)}`
}

/** The index of attachments by the volume of the cluster that they are of. */
export const OF_VOLUME = 'volume'

/** The name of that volume; nothing for one that stands in the attachment itself. */
export function attachedVolumes({ spec }: VolumeAttachment): string[] {
  const name = spec.source.persistentVolumeName
  return name === undefined ? [] : [name]
}

/** True for volumes that are attached before they are mounted: a driver that nobody has described attaches. */
export function isAttachable(volume: PersistentVolume, driver: CSIDriver | undefined): boolean {
  return volume.spec?.csi !== undefined && (driver?.spec.attachRequired ?? true)
}

/** True for volumes that several nodes may have at once. */
export function allowsManyNodes({ spec }: PersistentVolume): boolean {
  return (spec?.accessModes ?? []).some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')
}

/** A part of a CSI driver that runs on a node. */
export interface NodePlugin {
  readonly driver: string
  /** `--volume-attach-limit` */
  readonly limit?: number
  /** `--reserved-volume-attachments` */
  readonly reserved?: number
}

const IMAGES: readonly (readonly [image: RegExp, driver: string])[] = [
  [/(?:^|\/)aws-ebs-csi-driver(?:[:@]|$)/, EBS_DRIVER],
  [/(?:^|\/)aws-efs-csi-driver(?:[:@]|$)/, EFS_DRIVER],
]

/** What a pod is to its node if it is the node's part of a driver of EBS or EFS. */
export function nodePluginOf({ spec }: Pod): NodePlugin | undefined {
  for (const { image = '', args = [] } of spec.containers) {
    const driver = IMAGES.find(([pattern]) => pattern.test(image))?.[1]
    if (driver === undefined || args.includes('controller')) continue
    const limit = numberOf(args, 'volume-attach-limit')
    const reserved = numberOf(args, 'reserved-volume-attachments')
    return {
      driver,
      ...(limit === undefined ? {} : { limit }),
      ...(reserved === undefined ? {} : { reserved }),
    }
  }
  return undefined
}

// -1, the default, asks the driver to find out itself.
function numberOf(args: readonly string[], option: string): number | undefined {
  const text = args.find((arg) => arg.startsWith(`--${option}=`))?.split('=')[1]
  const value = Number(text)
  return text !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined
}
