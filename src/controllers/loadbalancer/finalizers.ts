// Owns the finalizers of the objects that the controller takes care of.
import { isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { keyOf, splitKey } from '../../reconcile/controller.ts'
import { modify } from '../../reconcile/modify.ts'

/** Changes the finalizers of an object that may be gone already; writes nothing where they stay the same. */
export async function changeFinalizers<T extends KubernetesObject>(
  client: KubernetesClient,
  { resource, object }: { readonly resource: Resource<T>; readonly object: T },
  change: (all: readonly string[]) => string[],
): Promise<void> {
  const before = object.metadata.finalizers ?? []
  if (deepEqual(change(before), before)) return
  await modify(client, {
    resource,
    key: splitKey(keyOf(object)),
    change: (current) => {
      const finalizers = change(current.metadata.finalizers ?? [])
      if (deepEqual(finalizers, current.metadata.finalizers ?? [])) return undefined
      return { ...current, metadata: { ...current.metadata, finalizers } }
    },
  }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  })
}

/** A list with one more that it may have already. */
export function withFinalizer(finalizer: string): (all: readonly string[]) => string[] {
  return (all) => [...new Set([...all, finalizer])]
}

/** A list without one. */
export function withoutFinalizer(finalizer: string): (all: readonly string[]) => string[] {
  return (all) => all.filter((each) => each !== finalizer)
}
