// Owns what binding a claim and a volume writes. Source: kubernetes pkg/controller/volume/persistentvolume.
import type { PersistentVolume, PersistentVolumeClaim } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { deepEqual } from '../../base/json.ts'
import { persistentVolumeClaims, persistentVolumes } from '../../kubernetes/client/resources.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { BIND_COMPLETED, BOUND_BY_CONTROLLER } from '../../rules/kubernetes/volume-binding.ts'

type Claim = PersistentVolumeClaim
type Volume = PersistentVolume
type Phase = NonNullable<NonNullable<Volume['status']>['phase']>

const YES = 'yes'

/** Binds the two to each other, the volume first: a kill between any two writes is made good by the next pass. */
export async function bind(context: ControllerContext, volume: Volume, claim: Claim): Promise<void> {
  const reserved = await reserve(context, volume, claim)
  await setVolumePhase(context, reserved, 'Bound')
  const { annotations } = claim.metadata
  const isChosen = !claim.spec?.volumeName
  const bound = {
    ...claim,
    metadata: {
      ...claim.metadata,
      annotations: {
        ...annotations,
        [BIND_COMPLETED]: YES,
        ...(isChosen ? { [BOUND_BY_CONTROLLER]: YES } : {}),
      },
    },
    spec: { ...claim.spec, volumeName: volume.metadata.name },
  }
  const written = deepEqual(bound, claim) ? claim : await context.client.update(persistentVolumeClaims, bound)
  const { accessModes, capacity } = reserved.spec ?? {}
  await setClaimStatus(context, written, {
    phase: 'Bound',
    ...(accessModes ? { accessModes } : {}),
    // A claim that grows says itself how far it has grown.
    ...(written.status?.capacity ? {} : capacity ? { capacity } : {}),
  })
}

/** Writes into a volume which claim it is for. */
export async function reserve(context: ControllerContext, volume: Volume, claim: Claim): Promise<Volume> {
  const { name, namespace = '', uid, resourceVersion } = claim.metadata
  const known = volume.spec?.claimRef
  if (known?.uid === uid) return volume
  return context.client.update(persistentVolumes, {
    ...volume,
    metadata: {
      ...volume.metadata,
      annotations: {
        ...volume.metadata.annotations,
        // What a user has reserved stays reserved when the claim goes.
        ...(known ? {} : { [BOUND_BY_CONTROLLER]: YES }),
      },
    },
    spec: {
      ...volume.spec,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion },
    },
  })
}

/** Writes the phase of a volume, and since when. */
export async function setVolumePhase(
  context: ControllerContext,
  volume: Volume,
  phase: Phase,
  message = '',
): Promise<void> {
  const { status } = volume
  if (status?.phase === phase && (status.message ?? '') === message) return
  const since = status?.phase === phase ? status.lastPhaseTransitionTime : undefined
  await context.client.updateStatus(persistentVolumes, {
    ...volume,
    status: {
      phase,
      lastPhaseTransitionTime: since ?? timestamp(context.clock),
      ...(message === '' ? {} : { message }),
    },
  })
}

/** Writes the parts of a claim's status that are given. */
export async function setClaimStatus(
  context: ControllerContext,
  claim: Claim,
  change: NonNullable<Claim['status']>,
): Promise<void> {
  const status = { ...claim.status, ...change }
  if (!deepEqual(status, claim.status)) {
    await context.client.updateStatus(persistentVolumeClaims, { ...claim, status })
  }
}
