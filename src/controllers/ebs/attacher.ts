// Owns attaching volumes of EBS: what VolumeAttachments ask for, done in EC2 and undone.
// Source: kubernetes-csi/external-attacher, kubernetes-sigs/aws-ebs-csi-driver pkg/cloud (AttachDisk, DetachDisk, device names).
import type { PersistentVolume, CSINode, VolumeAttachment } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isAwsCode, isConflict, isNotFound, messageOf } from '../../base/errors.ts'
import { csiNodes, persistentVolumes, volumeAttachments } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import { modifyStatus } from '../../reconcile/modify.ts'
import { EBS_DRIVER } from '../../rules/kubernetes/ebs-volume.ts'
import type { Ec2 } from './provisioner.ts'

// GetFinalizerName of the attacher: what is no letter, digit or dash is a dash.
function finalizerOf(driver: string): string {
  return `external-attacher/${driver.replace(/[^A-Za-z0-9-]/g, '-')}`
}

/** Why a volume is not attached, in the attacher's words. */
class AttachError extends Error {
  override readonly name = 'AttachError'
}

interface Parts {
  readonly context: ControllerContext
  readonly aws: Ec2
  readonly driver: string
  readonly attachments: Informer<VolumeAttachment>
  readonly volumes: Informer<PersistentVolume>
  readonly csiNodes: Informer<CSINode>
}

/**
 * The control loop of the EBS CSI driver's attacher. Keys are VolumeAttachments.
 * @param driver whose volumes they are; those of the add-on when absent
 */
export function createEbsAttacher(
  context: ControllerContext,
  aws: Ec2,
  driver: string = EBS_DRIVER,
): Controller {
  const parts: Parts = {
    context,
    aws,
    driver,
    attachments: context.informer(volumeAttachments),
    volumes: context.informer(persistentVolumes),
    csiNodes: context.informer(csiNodes),
  }
  return {
    name: 'ebs-attacher',
    // One at a time: each takes the first device name that is free.
    sources: [parts.attachments.source()],
    async reconcile(name) {
      const attachment = parts.attachments.get(name)
      if (attachment?.spec.attacher !== driver) return
      try {
        if (attachment.metadata.deletionTimestamp) await detach(parts, attachment)
        else if (!attachment.status?.attached) await attach(parts, attachment)
      } catch (error) {
        // Somebody else wrote first: that wakes this attachment again.
        if (!isConflict(error) && !isNotFound(error)) throw error
      }
    },
  }
}

async function attach(parts: Parts, attachment: VolumeAttachment): Promise<void> {
  const { client } = parts.context
  const { metadata, spec } = attachment
  const key = { name: metadata.name }
  const finalizer = finalizerOf(parts.driver)
  if (!metadata.finalizers?.includes(finalizer)) {
    const finalizers = [...(metadata.finalizers ?? []), finalizer]
    // The write wakes it again.
    await client.update(volumeAttachments, { ...attachment, metadata: { ...metadata, finalizers } })
    return
  }
  try {
    const { volume, instance } = target(parts, spec)
    const devicePath = await attachDisk(parts, volume, instance)
    const status = { attached: true, attachmentMetadata: { devicePath } }
    await modifyStatus(client, {
      resource: volumeAttachments,
      key,
      change: (current) => ({ ...current, status }),
    })
  } catch (error) {
    if (!(error instanceof AttachError)) throw error
    const attachError = { time: timestamp(parts.context.clock), message: messageOf(error) }
    await modifyStatus(client, {
      resource: volumeAttachments,
      key,
      change: (current) => ({ ...current, status: { attached: false, attachError } }),
    })
    throw error
  }
}

/** What is attached to what, by EC2's ids. @throws AttachError in the attacher's words when one is not known */
function target(
  { volumes, csiNodes: known, driver: name }: Parts,
  { source, nodeName }: VolumeAttachment['spec'],
): { readonly volume: string; readonly instance: string } {
  const volumeName = source.persistentVolumeName ?? ''
  const volume = volumes.get(volumeName)?.spec?.csi?.volumeHandle
  if (volume === undefined) throw new AttachError(`persistentvolume ${JSON.stringify(volumeName)} not found`)
  const driver = known.get(nodeName)?.spec.drivers.find((each) => each.name === name)
  if (!driver) throw new AttachError(`CSINode ${nodeName} does not contain driver ${name}`)
  return { volume, instance: driver.nodeID }
}

interface Attachments {
  readonly Volumes?: readonly {
    readonly Attachments?: readonly { readonly InstanceId?: string; readonly Device?: string }[]
  }[]
}

interface Instances {
  readonly Reservations?: readonly {
    readonly Instances?: readonly {
      readonly BlockDeviceMappings?: readonly { readonly DeviceName?: string }[]
    }[]
  }[]
}

/** @returns the device that the volume is; the same one when it was attached before a kill. */
async function attachDisk({ aws }: Parts, volume: string, instance: string): Promise<string> {
  try {
    const { Volumes = [] } = await aws.call<Attachments>('ec2', 'DescribeVolumes', { VolumeIds: [volume] })
    const own = Volumes[0]?.Attachments?.find(({ InstanceId }) => InstanceId === instance)
    if (own?.Device !== undefined) return own.Device
    const { Reservations = [] } = await aws.call<Instances>('ec2', 'DescribeInstances', {
      InstanceIds: [instance],
    })
    const mappings = Reservations[0]?.Instances?.[0]?.BlockDeviceMappings ?? []
    const taken = new Set(mappings.map(({ DeviceName }) => DeviceName))
    const Device = deviceNames().find((name) => !taken.has(name))
    await aws.call('ec2', 'AttachVolume', { VolumeId: volume, InstanceId: instance, Device })
    return Device ?? ''
  } catch (error) {
    throw new AttachError(
      `rpc error: code = Internal desc = Could not attach volume ${JSON.stringify(volume)} to node ${JSON.stringify(instance)}: could not attach volume ${JSON.stringify(volume)} to node ${JSON.stringify(instance)}: ${messageOf(error)}`,
      { cause: error },
    )
  }
}

/** `/dev/xvdaa` to `/dev/xvddx`: those that AWS has for volumes beyond the first. */
function deviceNames(): string[] {
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  return Array.from('abcd', (first) => Array.from(letters, (second) => `/dev/xvd${first}${second}`)).flat()
}

async function detach(parts: Parts, attachment: VolumeAttachment): Promise<void> {
  const { metadata, spec } = attachment
  const finalizers = metadata.finalizers ?? []
  const finalizer = finalizerOf(parts.driver)
  if (!finalizers.includes(finalizer)) return
  const volume = parts.volumes.get(spec.source.persistentVolumeName ?? '')?.spec?.csi?.volumeHandle
  const instance = parts.csiNodes
    .get(spec.nodeName)
    ?.spec.drivers.find((each) => each.name === parts.driver)?.nodeID
  try {
    // A node that has gone has left its volumes behind; its name in EC2 need not be told.
    if (volume !== undefined) {
      await parts.aws.call('ec2', 'DetachVolume', {
        VolumeId: volume,
        ...(instance === undefined ? {} : { InstanceId: instance }),
      })
    }
  } catch (error) {
    // Detached already, or gone.
    if (!isAwsCode(error, 'IncorrectState', 'InvalidVolume.NotFound', 'InvalidAttachment.NotFound'))
      throw error
  }
  await parts.context.client.update(volumeAttachments, {
    ...attachment,
    metadata: { ...metadata, finalizers: finalizers.filter((each) => each !== finalizer) },
  })
}
