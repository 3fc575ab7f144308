// Owns the growth of EBS volumes: claims that ask for more get it, in EC2 first and then on the node that has them.
// Source: kubernetes-csi/external-resizer pkg/controller, kubernetes pkg/volume/util/resize_util.go (states, events).
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../generated/kubernetes.d.ts'
import { compareQuantities } from '../../base/canonical-quantity.ts'
import { timestamp } from '../../base/clock.ts'
import { isConflict, isNotFound, messageOf } from '../../base/errors.ts'
import { persistentVolumeClaims, persistentVolumes, pods } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import { withCondition } from '../../rules/kubernetes/conditions.ts'
import { EBS_DRIVER, sizeGiBOf } from '../../rules/kubernetes/ebs-volume.ts'
import { isBound } from '../../rules/kubernetes/volume-binding.ts'
import { CLAIMS_OF_POD, claimKeysOf } from '../volume/claims-of-pod.ts'
import type { Ec2 } from './provisioner.ts'

type Claim = PersistentVolumeClaim
type ClaimStatus = NonNullable<Claim['status']>
type Condition = NonNullable<ClaimStatus['conditions']>[number]

const PENDING_ON_NODE = 'Waiting for user to (re-)start a pod to finish file system resize of volume on node.'

interface Parts {
  readonly context: ControllerContext
  readonly aws: Ec2
  readonly driver: string
  readonly claims: Informer<Claim>
  readonly volumes: Informer<PersistentVolume>
  readonly pods: Informer<Pod>
}

/** The control loop of claims that have grown. @param driver whose volumes they are; those of the add-on when absent */
export function createEbsResizer(
  context: ControllerContext,
  aws: Ec2,
  driver: string = EBS_DRIVER,
): Controller {
  const parts: Parts = {
    context,
    aws,
    driver,
    claims: context.informer(persistentVolumeClaims),
    volumes: context.informer(persistentVolumes),
    pods: context.informer(pods),
  }
  parts.pods.addIndex(CLAIMS_OF_POD, claimKeysOf)
  return {
    name: 'ebs-resizer',
    sources: [parts.claims.source(), parts.pods.source(claimKeysOf)],
    async reconcile(key) {
      const claim = parts.claims.get(key)
      const volume = parts.volumes.get(claim?.spec?.volumeName ?? '')
      if (!claim || !volume || !isGrown(claim) || volume.spec?.csi?.driver !== driver) return
      try {
        await grow(parts, { claim, volume, key })
      } catch (error) {
        // Somebody else wrote first: that wakes the key again.
        if (!isConflict(error) && !isNotFound(error)) throw error
      }
    },
  }
}

function resizerOf(driver: string): string {
  return `external-resizer ${driver}`
}

function askedOf({ spec }: Claim): string {
  return spec?.resources?.requests?.['storage'] ?? '0'
}

function isGrown(claim: Claim): boolean {
  const { metadata, status } = claim
  const has = status?.capacity?.['storage']
  if (!isBound(claim) || status?.phase !== 'Bound' || metadata.deletionTimestamp || !has) return false
  return compareQuantities(askedOf(claim), has) > 0
}

interface Growth {
  readonly claim: Claim
  readonly volume: PersistentVolume
  readonly key: string
}

async function grow(parts: Parts, { claim, volume, key }: Growth): Promise<void> {
  const size = volume.spec?.capacity?.['storage'] ?? '0'
  if (compareQuantities(size, askedOf(claim)) < 0) return growVolume(parts, claim, volume)
  if (claim.spec?.volumeMode === 'Block') return finish(parts, claim, size)
  const isPending = claim.status?.allocatedResourceStatuses?.['storage'] === 'NodeResizePending'
  if (!isPending) return askNode(parts, claim)
  const running = parts.pods.byIndex(CLAIMS_OF_POD, key).find(({ status }) => status?.phase === 'Running')
  // Without a pod nobody has the file system at hand.
  if (!running) return
  await finish(parts, claim, size)
  const message = `MountVolume.NodeExpandVolume succeeded for volume "${volume.metadata.name}"`
  for (const about of [running, claim]) {
    parts.context.event(about, {
      type: 'Normal',
      reason: 'FileSystemResizeSuccessful',
      message: `${message} ${running.spec.nodeName ?? ''}`.trimEnd(),
      from: 'kubelet',
    })
  }
}

async function growVolume(parts: Parts, claim: Claim, volume: PersistentVolume): Promise<void> {
  const { context, aws, driver } = parts
  const { name } = volume.metadata
  const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    context.event(claim, { type, reason, message, from: resizerOf(driver) })
  if (claim.status?.allocatedResourceStatuses?.['storage'] !== 'ControllerResizeInProgress') {
    say('Normal', 'Resizing', `External resizer is resizing volume ${name}`)
    // The write wakes the key again.
    return write(parts, claim, {
      status: 'ControllerResizeInProgress',
      condition: { type: 'Resizing', status: 'True' },
    })
  }
  const sizeGiB = sizeGiBOf(claim)
  const id = volume.spec?.csi?.volumeHandle ?? ''
  try {
    await aws.call('ec2', 'ModifyVolume', { VolumeId: id, Size: sizeGiB })
  } catch (error) {
    const cause = `rpc error: code = Internal desc = Could not resize volume "${id}": ${messageOf(error)}`
    say('Warning', 'VolumeResizeFailed', `resize volume "${name}" by resizer "${driver}" failed: ${cause}`)
    throw error
  }
  const capacity = { ...volume.spec?.capacity, storage: `${sizeGiB}Gi` }
  await context.client.update(persistentVolumes, { ...volume, spec: { ...volume.spec, capacity } })
  if (claim.spec?.volumeMode === 'Block') {
    say('Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded')
    return finish(parts, claim, capacity.storage)
  }
  await askNode(parts, claim)
}

async function askNode(parts: Parts, claim: Claim): Promise<void> {
  await write(parts, claim, {
    status: 'NodeResizePending',
    condition: { type: 'FileSystemResizePending', status: 'True', message: PENDING_ON_NODE },
    without: 'Resizing',
  })
  const message = 'Require file system resize of volume on node'
  parts.context.event(claim, {
    type: 'Normal',
    reason: 'FileSystemResizeRequired',
    message,
    from: resizerOf(parts.driver),
  })
}

interface Step {
  readonly status: 'ControllerResizeInProgress' | 'NodeResizePending'
  readonly condition: Pick<Condition, 'type' | 'status' | 'message'>
  /** The condition that has passed. */
  readonly without?: string
}

async function write({ context }: Parts, claim: Claim, { status, condition, without }: Step): Promise<void> {
  const kept = (claim.status?.conditions ?? []).filter(({ type }) => type !== without)
  const next: ClaimStatus = {
    ...claim.status,
    allocatedResources: { ...claim.status?.allocatedResources, storage: askedOf(claim) },
    allocatedResourceStatuses: { ...claim.status?.allocatedResourceStatuses, storage: status },
    conditions: withCondition<Condition>(kept, condition, timestamp(context.clock)),
  }
  await context.client.updateStatus(persistentVolumeClaims, { ...claim, status: next })
}

/** The claim has what it asked for. */
async function finish({ context }: Parts, claim: Claim, size: string): Promise<void> {
  const { allocatedResourceStatuses: _done, conditions: all = [], ...status } = claim.status ?? {}
  const conditions = all.filter(({ type }) => type !== 'Resizing' && type !== 'FileSystemResizePending')
  const next: ClaimStatus = {
    ...status,
    capacity: { ...status.capacity, storage: size },
    ...(conditions.length > 0 ? { conditions } : {}),
  }
  await context.client.updateStatus(persistentVolumeClaims, { ...claim, status: next })
}
