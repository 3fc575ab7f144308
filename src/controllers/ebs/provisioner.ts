// Owns the volumes of EBS: made for claims that ask for them, removed with their last use.
// Source: kubernetes-csi/external-provisioner (events and their texts), kubernetes-sigs/aws-ebs-csi-driver.
import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isAwsCode, isConflict, isNotFound, messageOf } from '../../base/errors.ts'
import {
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
  volumeAttachments,
} from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import {
  dataSourceOf,
  EBS_DRIVER,
  ebsTags,
  ebsVolumeOf,
  persistentVolumeOf,
  unsupportedModes,
  volumeNameOf,
  zoneOf,
  type EbsVolume,
} from '../../rules/kubernetes/ebs-volume.ts'
import { attachedVolumes, OF_VOLUME } from '../../rules/kubernetes/csi.ts'
import { classNameOf } from '../../rules/kubernetes/storage.ts'
import { SELECTED_NODE, waitsForConsumer } from '../../rules/kubernetes/volume-binding.ts'
import { isAsked, tellerOf } from '../volume/asked.ts'

type Claim = PersistentVolumeClaim

/** Calls an operation of EC2 with the SDK's input and output shapes. Rejects with the AWS error. */
export interface Ec2 {
  call<Output>(service: string, operation: string, input: object): Promise<Output>
}

export interface EbsProvisionerOptions {
  readonly aws: Ec2
  /** Who reports events: the pod that provisions. */
  readonly podName: string
  /** The name of the driver; that of the add-on when absent. */
  readonly driver?: string
  /** Of volumes in EC2, besides those that say whose they are. */
  readonly tags?: Readonly<Record<string, string>>
}

interface Parts extends Required<EbsProvisionerOptions> {
  readonly context: ControllerContext
  readonly claims: Informer<Claim>
  readonly volumes: Informer<PersistentVolume>
  readonly classes: Informer<StorageClass>
  readonly nodes: Informer<Node>
  readonly attachments: Informer<VolumeAttachment>
}

/** The control loops of the EBS CSI driver's controller: of claims, and of volumes. */
export function createEbsProvisioner(
  context: ControllerContext,
  options: EbsProvisionerOptions,
): Controller[] {
  const parts: Parts = {
    driver: EBS_DRIVER,
    tags: {},
    ...options,
    context,
    claims: context.informer(persistentVolumeClaims),
    volumes: context.informer(persistentVolumes),
    classes: context.informer(storageClasses),
    nodes: context.informer(nodes),
    attachments: context.informer(volumeAttachments),
  }
  parts.attachments.addIndex(OF_VOLUME, attachedVolumes)
  return [
    {
      name: 'ebs-provisioner',
      sources: [parts.claims.source()],
      reconcile: (key) => unlessOvertaken(() => provision(parts, parts.claims.get(key))),
    },
    {
      name: 'ebs-deleter',
      sources: [parts.volumes.source(), parts.attachments.source(attachedVolumes)],
      reconcile: (name) => unlessOvertaken(() => remove(parts, parts.volumes.get(name))),
    },
  ]
}

// Somebody else wrote first: that wakes the key again.
async function unlessOvertaken(pass: () => Promise<void>): Promise<void> {
  try {
    await pass()
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error) && !isAlreadyExists(error)) throw error
  }
}

async function provision(parts: Parts, claim: Claim | undefined): Promise<void> {
  if (!claim || !isAsked(claim, parts.driver) || parts.volumes.get(volumeNameOf(claim))) return
  const storageClass = parts.classes.get(classNameOf(claim))
  if (!storageClass) return
  const selected = claim.metadata.annotations?.[SELECTED_NODE]
  if (waitsForConsumer(storageClass) && selected === undefined) return
  if (selected !== undefined && !parts.nodes.get(selected)) return reschedule(parts, claim)
  const { context, driver, podName } = parts
  const teller = tellerOf(context, claim, { driver, podName, className: storageClass.metadata.name })
  teller.begin()
  const source = dataSourceOf(claim)
  if (source?.isForeign) return teller.leaveToPopulator()
  if (source) return teller.fail(source.refusal)
  const unsupported = unsupportedModes(claim)
  if (unsupported !== undefined) return teller.fail(`rpc error: code = InvalidArgument desc = ${unsupported}`)
  const zone = zoneFor(parts, storageClass, selected)
  if (zone === undefined) {
    const node = selected ?? ''
    return teller.fail(`error generating accessibility requirements: no topology key found for node ${node}`)
  }
  const wanted = ebsVolumeOf(claim, storageClass, zone)
  try {
    const id = await createVolume(parts, claim, wanted)
    await parts.context.client.create(
      persistentVolumes,
      persistentVolumeOf(claim, storageClass, { ...wanted, id }, parts.driver),
    )
  } catch (error) {
    if (isAlreadyExists(error)) return
    const cause = `Could not create volume "${volumeNameOf(claim)}": could not create volume in EC2: ${messageOf(error)}`
    teller.fail(`rpc error: code = Internal desc = ${cause}`)
    throw error
  }
  teller.succeed(volumeNameOf(claim))
}

// The node has gone before its volume came: the scheduler chooses again.
async function reschedule({ context }: Parts, claim: Claim): Promise<void> {
  const { [SELECTED_NODE]: _node, ...annotations } = claim.metadata.annotations ?? {}
  const metadata = { ...claim.metadata, annotations }
  await context.client.update(persistentVolumeClaims, { ...claim, metadata })
}

/** Where the volume goes: to the selected node's zone, else to one that the class allows and that has nodes. */
function zoneFor(parts: Parts, storageClass: StorageClass, selected: string | undefined): string | undefined {
  if (selected !== undefined) {
    const node = parts.nodes.get(selected)
    return node && zoneOf(node)
  }
  const allowed = (storageClass.allowedTopologies ?? []).flatMap(({ matchLabelExpressions = [] }) =>
    // Auto Mode's classes name the kind of node here, too.
    matchLabelExpressions.flatMap(({ key, values }) => (key.endsWith('/zone') ? values : [])),
  )
  const zones = parts.nodes.list().flatMap((node) => zoneOf(node) ?? [])
  return zones.toSorted().find((zone) => allowed.length === 0 || allowed.includes(zone))
}

async function createVolume(
  { aws, driver, tags: more }: Parts,
  claim: Claim,
  wanted: EbsVolume,
): Promise<string> {
  const tags = Object.entries({ ...ebsTags(claim, driver), ...more }).map(([Key, Value]) => ({ Key, Value }))
  const { VolumeId = '' } = await aws.call<{ readonly VolumeId?: string }>('ec2', 'CreateVolume', {
    AvailabilityZone: wanted.zone,
    Size: wanted.sizeGiB,
    VolumeType: wanted.type,
    ...(wanted.iops === undefined ? {} : { Iops: wanted.iops }),
    ...(wanted.throughput === undefined ? {} : { Throughput: wanted.throughput }),
    ...(wanted.encrypted ? { Encrypted: true } : {}),
    // The same claim again is the same volume, also after a kill.
    ClientToken: volumeNameOf(claim),
    TagSpecifications: [{ ResourceType: 'volume', Tags: tags }],
  })
  return VolumeId
}

async function remove(
  { aws, context, attachments, driver }: Parts,
  volume: PersistentVolume | undefined,
): Promise<void> {
  const csi = volume?.spec?.csi
  if (!volume || csi?.driver !== driver) return
  if (volume.spec?.persistentVolumeReclaimPolicy !== 'Delete' || volume.status?.phase !== 'Released') return
  // Detached first: that wakes it again.
  if (attachments.byIndex(OF_VOLUME, volume.metadata.name).length > 0) return
  try {
    await aws.call('ec2', 'DeleteVolume', { VolumeId: csi.volumeHandle })
  } catch (error) {
    if (!isAwsCode(error, 'InvalidVolume.NotFound')) {
      const message = `rpc error: code = Internal desc = Could not delete volume ID "${csi.volumeHandle}": ${messageOf(error)}`
      context.event(volume, { type: 'Warning', reason: 'VolumeFailedDelete', message, from: driver })
      throw error
    }
  }
  if (!volume.metadata.deletionTimestamp) {
    await context.client.delete(persistentVolumes, { name: volume.metadata.name })
  }
}
