// Owns which volumes are to be attached to which nodes: VolumeAttachments for what pods there use, and their end.
// Source: kubernetes pkg/controller/volume/attachdetach, pkg/volume/csi/csi_attacher.go.
import type {
  CSIDriver,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  VolumeAttachment,
} from '../../../generated/kubernetes.d.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../base/errors.ts'
import {
  csiDrivers,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  volumeAttachments,
} from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer, ReconcileResult } from '../../reconcile/controller.ts'
import {
  allowsManyNodes,
  attachedVolumes,
  attachmentName,
  isAttachable,
  OF_VOLUME,
} from '../../rules/kubernetes/csi.ts'
import { isBound } from '../../rules/kubernetes/volume-binding.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'
import { CLAIMS_OF_POD, claimKeysOf } from '../volume/claims-of-pod.ts'

const FROM = 'attachdetach-controller'
/** csiTimeout: as long as the attacher of a driver is waited for, each time. */
const ATTACHER_WAIT_MS = 120_000

interface Parts {
  readonly context: ControllerContext
  readonly pods: Informer<Pod>
  readonly claims: Informer<PersistentVolumeClaim>
  readonly volumes: Informer<PersistentVolume>
  readonly drivers: Informer<CSIDriver>
  readonly attachments: Informer<VolumeAttachment>
  /** Pods, by uid, that were told that their volume is on another node, by volume: once is enough. */
  readonly told: Map<string, Set<string>>
}

/** The control loop of volumes' attachments. Keys are volumes. */
export function createAttachDetachController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    pods: context.informer(pods),
    claims: context.informer(persistentVolumeClaims),
    volumes: context.informer(persistentVolumes),
    drivers: context.informer(csiDrivers),
    attachments: context.informer(volumeAttachments),
    told: new Map(),
  }
  parts.pods.addIndex(CLAIMS_OF_POD, claimKeysOf)
  parts.attachments.addIndex(OF_VOLUME, attachedVolumes)
  return {
    name: 'attachdetach',
    sources: [
      parts.pods.source((pod) => (pod.spec.nodeName ? claimKeysOf(pod).flatMap(boundVolume(parts)) : [])),
      parts.claims.source((claim) => (isBound(claim) ? [claim.spec?.volumeName ?? ''] : [])),
      parts.attachments.source(attachedVolumes),
      { subscribe: () => parts.attachments.onChange((change) => announce(parts, change)) },
    ],
    async reconcile(name) {
      try {
        return await reconcile(parts, name)
      } catch (error) {
        // Somebody else wrote first: that wakes this volume again.
        if (!isConflict(error) && !isNotFound(error) && !isAlreadyExists(error)) throw error
        return undefined
      }
    },
  }
}

function boundVolume({ claims }: Parts): (key: string) => string[] {
  return (key) => {
    const claim = claims.get(key)
    return claim && isBound(claim) ? [claim.spec?.volumeName ?? ''] : []
  }
}

async function reconcile(parts: Parts, name: string): Promise<ReconcileResult | undefined> {
  const { context, attachments } = parts
  const volume = parts.volumes.get(name)
  const wanted = volume ? wantedNodes(parts, volume) : new Map<string, readonly Pod[]>()
  const there = attachments.byIndex(OF_VOLUME, name)
  for (const { metadata, spec } of there) {
    if (wanted.has(spec.nodeName) || metadata.deletionTimestamp || !isOwn(metadata.name)) continue
    await context.client.delete(volumeAttachments, { name: metadata.name })
  }
  if (there.length === 0) parts.told.delete(name)
  if (!volume?.spec?.csi) return undefined
  let waitMs: number | undefined
  for (const [nodeName, users] of wanted) {
    const attachment = there.find(({ spec }) => spec.nodeName === nodeName)
    const others = there.filter(({ spec }) => spec.nodeName !== nodeName)
    if (attachment) waitMs ??= unattended(parts, { volume, attachment, users })
    else if (others.length > 0 && !allowsManyNodes(volume)) tellOfOthers(parts, { volume, users, others })
    else await attach(context, volume, nodeName)
  }
  return waitMs === undefined ? undefined : { requeueAfterMs: waitMs }
}

/** False for what somebody else has made: Kubernetes' controller knows its attachments by their names. */
function isOwn(name: string): boolean {
  return /^csi-[0-9a-f]{64}$/.test(name)
}

/** Pods that use the volume, by the node that they are on. */
function wantedNodes({ pods: all, drivers }: Parts, volume: PersistentVolume): Map<string, readonly Pod[]> {
  const { claimRef, csi } = volume.spec ?? {}
  if (!csi || !claimRef || !isAttachable(volume, drivers.get(csi.driver))) return new Map()
  const users = all
    .byIndex(CLAIMS_OF_POD, `${claimRef.namespace}/${claimRef.name}`)
    .filter((pod) => Boolean(pod.spec.nodeName) && !isPodTerminal(pod))
  return Map.groupBy(users, ({ spec }) => spec.nodeName ?? '')
}

async function attach(
  { client }: ControllerContext,
  { metadata, spec }: PersistentVolume,
  nodeName: string,
): Promise<void> {
  const { driver = '', volumeHandle = '' } = spec?.csi ?? {}
  await client.create(volumeAttachments, {
    metadata: { name: attachmentName(volumeHandle, driver, nodeName) },
    spec: { attacher: driver, nodeName, source: { persistentVolumeName: metadata.name } },
  })
}

interface Waiting {
  readonly volume: PersistentVolume
  readonly attachment: VolumeAttachment
  readonly users: readonly Pod[]
}

/** Says from time to time that no attacher does anything. @returns when to look again, in ms */
function unattended({ context }: Parts, { volume, attachment, users }: Waiting): number | undefined {
  const { metadata, spec, status } = attachment
  if (status?.attached || metadata.deletionTimestamp) return undefined
  const waitedMs = context.clock.now() - Date.parse(metadata.creationTimestamp ?? '')
  const restMs = ATTACHER_WAIT_MS - (waitedMs % ATTACHER_WAIT_MS)
  if (waitedMs >= ATTACHER_WAIT_MS && !status?.attachError) {
    const handle = volume.spec?.csi?.volumeHandle ?? ''
    const text = `timed out waiting for external-attacher of ${spec.attacher} CSI driver to attach volume ${handle}`
    fail(context, volume.metadata.name, { users, text })
  }
  return restMs
}

function fail(
  context: ControllerContext,
  volume: string,
  { users, text }: { readonly users: readonly Pod[]; readonly text: string },
): void {
  const message = `AttachVolume.Attach failed for volume ${JSON.stringify(volume)} : ${text}`
  for (const pod of users) {
    context.event(pod, { type: 'Warning', reason: 'FailedAttachVolume', message, from: FROM })
  }
}

// reconciler.go, reportMultiAttachError.
function tellOfOthers(
  { context, pods: all, told }: Parts,
  {
    volume,
    users,
    others,
  }: {
    readonly volume: PersistentVolume
    readonly users: readonly Pod[]
    readonly others: readonly VolumeAttachment[]
  },
): void {
  const { claimRef } = volume.spec ?? {}
  const taken = new Set(others.map(({ spec }) => spec.nodeName))
  const names = all
    .byIndex(CLAIMS_OF_POD, `${claimRef?.namespace}/${claimRef?.name}`)
    .filter((pod) => taken.has(pod.spec.nodeName ?? '') && !isPodTerminal(pod))
    .map(({ metadata }) => metadata.name)
  const why =
    names.length > 0
      ? `Volume is already used by pod(s) ${names.join(', ')}`
      : "Volume is already exclusively attached to one node and can't be attached to another"
  const message = `Multi-Attach error for volume ${JSON.stringify(volume.metadata.name)} ${why}`
  const known = told.get(volume.metadata.name) ?? new Set()
  told.set(volume.metadata.name, known)
  for (const pod of users.filter(({ metadata }) => !known.has(metadata.uid))) {
    known.add(pod.metadata.uid)
    context.event(pod, { type: 'Warning', reason: 'FailedAttachVolume', message, from: FROM })
  }
}

/** Tells the pods of an attachment what has become of it. */
function announce(
  parts: Parts,
  { before, after }: { readonly before?: VolumeAttachment; readonly after?: VolumeAttachment },
): void {
  const [name] = after ? attachedVolumes(after) : []
  const volume = name === undefined ? undefined : parts.volumes.get(name)
  if (!before || !after || !volume) return
  const users = wantedNodes(parts, volume).get(after.spec.nodeName) ?? []
  const error = after.status?.attachError?.message
  if (error !== undefined && error !== before.status?.attachError?.message) {
    fail(parts.context, volume.metadata.name, { users, text: error })
  }
  if (!after.status?.attached || before.status?.attached) return
  // The blank at the end is Kubernetes'.
  const message = `AttachVolume.Attach succeeded for volume ${JSON.stringify(volume.metadata.name)} `
  for (const pod of users) {
    parts.context.event(pod, { type: 'Normal', reason: 'SuccessfulAttachVolume', message, from: FROM })
  }
}
