// Owns the life of volumes: available, bound, released, and what becomes of them then.
// Source: kubernetes pkg/controller/volume/persistentvolume/pv_controller.go (syncVolume).
import type { PersistentVolume, PersistentVolumeClaim } from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import { persistentVolumeClaims, persistentVolumes } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import { BOUND_BY_CONTROLLER, PROVISIONED_BY } from '../../rules/kubernetes/volume-binding.ts'
import { setVolumePhase } from './binding.ts'
import { FROM } from './claims.ts'

type Volume = PersistentVolume

interface Parts {
  readonly context: ControllerContext
  readonly claims: Informer<PersistentVolumeClaim>
  readonly volumes: Informer<Volume>
}

/** The control loop of volumes. Keys are volumes. */
export function createVolumeController(context: ControllerContext): Controller {
  const parts: Parts = {
    context,
    claims: context.informer(persistentVolumeClaims),
    volumes: context.informer(persistentVolumes),
  }
  parts.volumes.addIndex('claim', ({ spec }) =>
    spec?.claimRef ? [`${spec.claimRef.namespace}/${spec.claimRef.name}`] : [],
  )
  return {
    name: 'persistentvolume-controller-volumes',
    sources: [
      parts.volumes.source(),
      parts.claims.source(({ metadata }) =>
        parts.volumes
          .byIndex('claim', `${metadata.namespace}/${metadata.name}`)
          .map((volume) => volume.metadata.name),
      ),
    ],
    async reconcile(name) {
      const volume = parts.volumes.get(name)
      if (!volume) return
      try {
        await reconcile(parts, volume)
      } catch (error) {
        // Somebody else wrote first: that wakes this volume again.
        if (!isConflict(error) && !isNotFound(error)) throw error
      }
    },
  }
}

async function reconcile({ context, claims }: Parts, volume: Volume): Promise<void> {
  const ref = volume.spec?.claimRef
  // Reserved for a claim that has not been bound yet, or for nobody.
  if (!ref?.uid) return setVolumePhase(context, volume, 'Available')
  const key = { namespace: ref.namespace ?? '', name: ref.name ?? '' }
  const claim = claims.get(`${key.namespace}/${key.name}`) ?? (await currentClaim(context, key))
  if (claim?.metadata.uid !== ref.uid) return release(context, volume)
  const boundTo = claim.spec?.volumeName
  // The claim's own loop goes on from there.
  if (!boundTo) return
  if (boundTo === volume.metadata.name) return setVolumePhase(context, volume, 'Bound')
  // The claim has another volume: this one is for somebody else again.
  if (volume.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined) return
  const { claimRef: _claim, ...spec } = volume.spec ?? {}
  const { [BOUND_BY_CONTROLLER]: _bound, ...annotations } = volume.metadata.annotations
  await context.client.update(persistentVolumes, {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec,
  })
}

// The informer may not have heard yet of a claim that the volume was made for.
async function currentClaim(
  { client }: ControllerContext,
  key: { readonly namespace: string; readonly name: string },
): Promise<PersistentVolumeClaim | undefined> {
  try {
    return await client.get(persistentVolumeClaims, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function release(context: ControllerContext, volume: Volume): Promise<void> {
  const policy = volume.spec?.persistentVolumeReclaimPolicy
  if (volume.status?.phase === 'Failed') return
  // What a driver has made is the driver's to remove.
  const isDrivers =
    volume.spec?.csi !== undefined || volume.metadata.annotations?.[PROVISIONED_BY] !== undefined
  if (policy === 'Retain' || isDrivers || volume.metadata.deletionTimestamp) {
    return setVolumePhase(context, volume, 'Released')
  }
  const { name } = volume.metadata
  const kind = policy === 'Recycle' ? 'recyclable' : 'deletable'
  // No node here has a file system of its own that a recycler or deleter would clear.
  const why = `no ${kind} volume plugin matched`
  const message =
    policy === 'Recycle'
      ? why
      : `error getting deleter volume plugin for volume ${JSON.stringify(name)}: ${why}`
  await setVolumePhase(context, volume, 'Failed', message)
  const reason = policy === 'Recycle' ? 'VolumeFailedRecycle' : 'VolumeFailedDelete'
  context.event(volume, { type: 'Warning', reason, message, from: FROM })
}
