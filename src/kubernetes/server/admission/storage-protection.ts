// Owns what admission does for storage: volumes and claims that are used stay, and claims grow only where they may.
// Source: kubernetes plugin/pkg/admission/storage/storageobjectinuseprotection, …/storage/persistentvolume/resize.
import type { PersistentVolumeClaim } from '../../../../generated/kubernetes.d.ts'
import { parseMilli } from '../../../base/quantity.ts'
import { classNameOf } from '../../../rules/kubernetes/storage.ts'
import { admittedObject, replacedObject } from '../../registry/admission.ts'
import type { Storage } from '../../registry/storage.ts'
import { persistentVolumeClaimKind } from '../../resources/persistent-volume-claim.ts'
import { storageClassKind } from '../../resources/storage-class.ts'
import { forbiddenResource } from '../authorization.ts'
import type { MutatingPlugin, ValidatingPlugin } from '../ports.ts'

// What holds an object of each resource until its controller finds it unused.
const FINALIZERS: Readonly<Record<string, string>> = {
  '/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  '/persistentvolumes': 'kubernetes.io/pv-protection',
  'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
}

/** The StorageObjectInUseProtection plugin. */
export const storageObjectInUseProtection: MutatingPlugin = {
  name: 'StorageObjectInUseProtection',
  admit({ operation, subresource, group, resource, object }) {
    if (operation !== 'CREATE' || subresource !== '' || !object) return undefined
    const finalizer = FINALIZERS[`${group}/${resource}`]
    const present = object.metadata.finalizers ?? []
    if (finalizer === undefined || present.includes(finalizer)) return undefined
    return { ...object, metadata: { ...object.metadata, finalizers: [...present, finalizer] } }
  },
}

function sizeOf({ spec }: PersistentVolumeClaim): bigint {
  return parseMilli(spec?.resources?.requests?.['storage'] ?? '0')
}

/** The PersistentVolumeClaimResize plugin. */
export function claimResize(storage: Storage): ValidatingPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    validate(request) {
      const claim = admittedObject(request, persistentVolumeClaimKind)
      const old = replacedObject(request, persistentVolumeClaimKind)
      if (!claim || !old || request.subresource !== '' || sizeOf(claim) <= sizeOf(old)) return
      if (old.status?.phase !== 'Bound') {
        throw forbiddenResource(request, 'Only bound persistent volume claims can be expanded')
      }
      const name = classNameOf(claim)
      const storageClass = name ? storage.get(storageClassKind, { name }) : undefined
      if (storageClass?.allowVolumeExpansion && classNameOf(old) === name) return
      throw forbiddenResource(
        request,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      )
    },
  }
}
