// Owns the life of claims: they wait, are bound to a volume that is there or asked for, and may lose it.
// Source: kubernetes pkg/controller/volume/persistentvolume/pv_controller.go (syncClaim).
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import {
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import { classNameOf } from '../../rules/kubernetes/storage.ts'
import {
  driverOf,
  findVolume,
  isBound,
  isClaimedBy,
  NO_PROVISIONER,
  PROVISIONER_ANNOTATIONS,
  SELECTED_NODE,
  waitsForConsumer,
} from '../../rules/kubernetes/volume-binding.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'
import { bind, setClaimStatus } from './binding.ts'
import { CLAIMS_OF_POD, claimKeysOf } from './claims-of-pod.ts'

type Claim = PersistentVolumeClaim

export const FROM = 'persistentvolume-controller'

interface Parts {
  readonly context: ControllerContext
  readonly claims: Informer<Claim>
  readonly volumes: Informer<PersistentVolume>
  readonly classes: Informer<StorageClass>
  readonly pods: Informer<Pod>
}

/** The control loop of claims. Keys are claims. */
export function createClaimController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    claims: context.informer(persistentVolumeClaims),
    volumes: context.informer(persistentVolumes),
    classes: context.informer(storageClasses),
    pods: context.informer(pods),
  }
  parts.claims.addIndex('class', (claim) => (isBound(claim) ? [] : [classNameOf(claim)]))
  parts.pods.addIndex(CLAIMS_OF_POD, claimKeysOf)
  const waitingFor = (name: string): string[] => parts.claims.byIndex('class', name).map(keyOf)
  return {
    name: FROM,
    sources: [
      parts.claims.source(),
      // A volume may suit any claim of its class that waits, and what is bound to it has to hear of its end.
      parts.volumes.source((volume) => [
        ...(volume.spec?.claimRef ? [`${volume.spec.claimRef.namespace}/${volume.spec.claimRef.name}`] : []),
        ...(volume.status?.phase === 'Available' ? waitingFor(classNameOf(volume)) : []),
      ]),
      parts.classes.source(({ metadata }) => waitingFor(metadata.name)),
    ],
    reconcile: (key) => reconcile(parts, key),
  }
}

async function reconcile(parts: Parts, key: string): Promise<void> {
  const claim = parts.claims.get(key)
  if (!claim || claim.metadata.deletionTimestamp) return
  try {
    await (isBound(claim) ? checkBound(parts, claim) : bindOrWait(parts, claim))
  } catch (error) {
    // Somebody else wrote first: that wakes this claim again.
    if (!isConflict(error) && !isNotFound(error)) throw error
  }
}

async function checkBound({ context, volumes }: Parts, claim: Claim): Promise<void> {
  const name = claim.spec?.volumeName ?? ''
  const volume = volumes.get(name) ?? (await currentVolume(context, name))
  if (!volume) {
    await lose(
      context,
      claim,
      'ClaimLost',
      'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    )
  } else if (volume.spec?.claimRef === undefined || isClaimedBy(volume, claim)) {
    await bind(context, volume, claim)
  } else {
    const message = 'Two claims are bound to the same volume, this one is bound incorrectly'
    await lose(context, claim, 'ClaimMisbound', message)
  }
}

// The informer may not have heard yet of a volume that a provisioner has just made.
async function currentVolume(
  { client }: ControllerContext,
  name: string,
): Promise<PersistentVolume | undefined> {
  try {
    return await client.get(persistentVolumes, { name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function lose(
  context: ControllerContext,
  claim: Claim,
  reason: string,
  message: string,
): Promise<void> {
  if (claim.status?.phase === 'Lost') return
  await setClaimStatus(context, claim, { phase: 'Lost' })
  context.event(claim, { type: 'Warning', reason, message, from: FROM })
}

async function bindOrWait(parts: Parts, claim: Claim): Promise<void> {
  const { context, volumes } = parts
  const wanted = claim.spec?.volumeName
  if (wanted) {
    const volume = volumes.get(wanted)
    const isFree = volume && (volume.spec?.claimRef === undefined || isClaimedBy(volume, claim))
    // What the claim names may come, or come free.
    if (volume && isFree) return bind(context, volume, claim)
    return setClaimStatus(context, claim, { phase: 'Pending' })
  }
  const className = classNameOf(claim)
  const storageClass = parts.classes.get(className)
  const reservedOnly = waitsForConsumer(storageClass)
  const found = findVolume(claim, volumes.list(), { reservedOnly })
  if (found) return bind(context, found, claim)
  await setClaimStatus(context, claim, { phase: 'Pending' })
  if (reservedOnly && claim.metadata.annotations?.[SELECTED_NODE] === undefined) {
    sayWhyItWaits(parts, claim)
  } else if (className !== '') {
    await askForVolume(parts, claim, className)
  } else {
    const message = 'no persistent volumes available for this claim and no storage class is set'
    context.event(claim, { type: 'Normal', reason: 'FailedBinding', message, from: FROM })
  }
}

function sayWhyItWaits({ context, pods: all }: Parts, claim: Claim): void {
  const waiting = all
    .byIndex(CLAIMS_OF_POD, keyOf(claim))
    .filter((pod) => !pod.spec.nodeName && !isPodTerminal(pod))
    .map(({ metadata }) => metadata.name)
    .toSorted()
  const isScheduled = waiting.length > 0
  const who = waiting.length === 1 ? `pod ${waiting[0]}` : `pods ${waiting.join(',')}`
  context.event(claim, {
    type: 'Normal',
    reason: isScheduled ? 'WaitForPodScheduled' : 'WaitForFirstConsumer',
    message: isScheduled
      ? `waiting for ${who} to be scheduled`
      : 'waiting for first consumer to be created before binding',
    from: FROM,
  })
}

/** Asks the provisioner of the class for a volume: by an annotation, which it watches for. */
async function askForVolume({ context, classes }: Parts, claim: Claim, className: string): Promise<void> {
  const storageClass = classes.get(className)
  if (!storageClass) {
    const message = `storageclass.storage.k8s.io ${JSON.stringify(className)} not found`
    context.event(claim, { type: 'Warning', reason: 'ProvisioningFailed', message, from: FROM })
    return
  }
  const { provisioner } = storageClass
  if (provisioner === NO_PROVISIONER) return
  const driver = driverOf(provisioner)
  const { annotations = {} } = claim.metadata
  const asked = Object.fromEntries(PROVISIONER_ANNOTATIONS.map((name) => [name, driver]))
  if (PROVISIONER_ANNOTATIONS.some((name) => annotations[name] !== driver)) {
    const metadata = { ...claim.metadata, annotations: { ...annotations, ...asked } }
    await context.client.update(persistentVolumeClaims, { ...claim, metadata })
  }
  const message = `Waiting for a volume to be created either by the external provisioner '${driver}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
  context.event(claim, { type: 'Normal', reason: 'ExternalProvisioning', message, from: FROM })
}
