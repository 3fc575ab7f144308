// Owns the scale subresource of kinds that keep so many pods: spec.replicas, status.replicas, and a selector.
import type { KubernetesObject } from '../client/client.ts'
import type { ScaleAccess } from './kind.ts'

interface Replicated extends KubernetesObject {
  readonly spec: { readonly replicas?: number }
  readonly status?: { readonly replicas?: number }
}

/** The scale of a kind; `selectorOf` gives the selector of its pods as text. One pod where nobody said how many. */
export function replicasScale<T extends Replicated>(selectorOf: (object: T) => string): ScaleAccess<T> {
  return {
    read: (object) => ({
      replicas: object.spec.replicas ?? 1,
      current: object.status?.replicas ?? 0,
      selector: selectorOf(object),
    }),
    write: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
  }
}
