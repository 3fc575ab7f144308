// Owns namespaces/finalize: the namespace controller's word that a namespace is empty.
import type { Namespace } from '../../../../generated/kubernetes.d.ts'
import type { KubernetesObject, ObjectKey } from '../../client/client.ts'
import type { WriteContext } from '../../registry/parts.ts'
import type { Registry } from '../../registry/registry.ts'
import { namespaceKind } from '../../resources/namespace.ts'
import { decodeAs } from '../body.ts'

/** Sets `spec.finalizers`; a deleted namespace without any goes. @returns the namespace. */
export async function finalizeNamespace(
  { registry }: { registry: Registry },
  { key, body, context }: { readonly key: ObjectKey; readonly body: unknown; readonly context: WriteContext },
): Promise<KubernetesObject> {
  const object = decodeAs<Namespace>('core/v1.Namespace', body)
  return registry.update(
    namespaceKind,
    { name: key.name },
    {
      ...context,
      subresource: 'finalize',
      change: (current) => {
        const { uid, resourceVersion } = object.metadata
        const metadata = {
          ...current.metadata,
          ...(uid ? { uid } : {}),
          ...(resourceVersion ? { resourceVersion } : {}),
        }
        const { spec: _spec, ...rest } = current
        const finalizers = object.spec?.finalizers ?? []
        return { ...rest, metadata, spec: finalizers.length > 0 ? { finalizers } : {} } as KubernetesObject
      },
    },
  )
}
