// Owns the classes that claims and Ingresses get which name none.
// Source: kubernetes plugin/pkg/admission/storage/storageclass/setdefault, plugin/pkg/admission/network/defaultingressclass.
import {
  isDefaultClass,
  isDefaultIngressClass,
  newestClass,
} from '../../../rules/kubernetes/default-class.ts'
import { CLASS_ANNOTATION } from '../../../rules/kubernetes/storage.ts'
import { admittedObject } from '../../registry/admission.ts'
import type { Storage } from '../../registry/storage.ts'
import { ingressClassKind } from '../../resources/ingress-class.ts'
import { INGRESS_CLASS_ANNOTATION, ingressKind } from '../../resources/ingress.ts'
import { persistentVolumeClaimKind } from '../../resources/persistent-volume-claim.ts'
import { storageClassKind } from '../../resources/storage-class.ts'
import type { MutatingPlugin } from '../ports.ts'

/** The DefaultStorageClass plugin. */
export function defaultStorageClass(storage: Storage): MutatingPlugin {
  return {
    name: 'DefaultStorageClass',
    admit(request) {
      const claim = admittedObject(request, persistentVolumeClaimKind)
      if (!claim || request.operation !== 'CREATE' || request.subresource !== '') return undefined
      const { metadata, spec } = claim
      if (spec?.storageClassName !== undefined) return undefined
      if (metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return undefined
      const marked = storage.list(storageClassKind).items.filter((item) => isDefaultClass(item.metadata))
      const found = newestClass(marked)
      return found ? { ...claim, spec: { ...spec, storageClassName: found.metadata.name } } : undefined
    },
  }
}

/** The DefaultIngressClass plugin. */
export function defaultIngressClass(storage: Storage): MutatingPlugin {
  return {
    name: 'DefaultIngressClass',
    admit(request) {
      const ingress = admittedObject(request, ingressKind)
      if (!ingress || request.operation !== 'CREATE' || request.subresource !== '') return undefined
      const { metadata, spec } = ingress
      if (spec?.ingressClassName !== undefined) return undefined
      if (metadata.annotations?.[INGRESS_CLASS_ANNOTATION] !== undefined) return undefined
      const marked = storage
        .list(ingressClassKind)
        .items.filter((item) => isDefaultIngressClass(item.metadata))
      const found = newestClass(marked)
      return found ? { ...ingress, spec: { ...spec, ingressClassName: found.metadata.name } } : undefined
    },
  }
}
