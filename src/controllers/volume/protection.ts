// Owns the finalizers that hold claims which pods use, and volumes that are bound.
// Source: kubernetes pkg/controller/volume/pvcprotection, pkg/controller/volume/pvprotection.
import { isConflict, isNotFound } from '../../base/errors.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import {
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  volumeAttributesClasses,
} from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'
import { CLAIMS_OF_POD, claimKeysOf } from './claims-of-pod.ts'

/** The control loops that let go of what nobody uses any more. */
export function createProtectionControllers(context: ControllerContext): Controller[] {
  return [claimProtection(context), volumeProtection(context), classProtection(context)]
}

function claimProtection(context: ControllerContext): Controller {
  const claims = context.informer(persistentVolumeClaims)
  const all = context.informer(pods)
  all.addIndex(CLAIMS_OF_POD, claimKeysOf)
  // A pod that was never bound to a node uses nothing yet.
  const isUsed = (key: string): boolean =>
    all.byIndex(CLAIMS_OF_POD, key).some((pod) => Boolean(pod.spec.nodeName) && !isPodTerminal(pod))
  return {
    name: 'pvc-protection-controller',
    sources: [claims.source(), all.source(claimKeysOf)],
    async reconcile(key) {
      const claim = claims.get(key)
      if (!claim?.metadata.deletionTimestamp || isUsed(key)) return
      await letGo(context, persistentVolumeClaims, claim, 'kubernetes.io/pvc-protection')
    },
  }
}

function volumeProtection(context: ControllerContext): Controller {
  const volumes = context.informer(persistentVolumes)
  return {
    name: 'pv-protection-controller',
    sources: [volumes.source()],
    async reconcile(key) {
      const volume = volumes.get(key)
      if (!volume?.metadata.deletionTimestamp || volume.status?.phase === 'Bound') return
      await letGo(context, persistentVolumes, volume, 'kubernetes.io/pv-protection')
    },
  }
}

function classProtection(context: ControllerContext): Controller {
  const classes = context.informer(volumeAttributesClasses)
  const claims = context.informer(persistentVolumeClaims)
  const volumes = context.informer(persistentVolumes)
  claims.addIndex('attributes', ({ spec, status }) =>
    [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName].filter(
      (name) => name !== undefined,
    ),
  )
  volumes.addIndex('attributes', ({ spec }) =>
    spec?.volumeAttributesClassName === undefined ? [] : [spec.volumeAttributesClassName],
  )
  return {
    name: 'volumeattributesclass-protection-controller',
    sources: [
      classes.source(),
      claims.source(({ spec }) => (spec?.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [])),
      volumes.source(({ spec }) => (spec?.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [])),
    ],
    async reconcile(name) {
      const found = classes.get(name)
      if (!found?.metadata.deletionTimestamp) return
      const uses = [claims, volumes].some((informer) => informer.byIndex('attributes', name).length > 0)
      if (!uses) await letGo(context, volumeAttributesClasses, found, 'kubernetes.io/vac-protection')
    },
  }
}

/** Takes a finalizer from an object. */
async function letGo<T extends KubernetesObject>(
  { client }: ControllerContext,
  resource: Resource<T>,
  object: T,
  finalizer: string,
): Promise<void> {
  const { finalizers = [] } = object.metadata
  if (!finalizers.includes(finalizer)) return
  const metadata = { ...object.metadata, finalizers: finalizers.filter((name) => name !== finalizer) }
  try {
    await client.update(resource, { ...object, metadata })
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error
  }
}
