// Owns the rule that objects live in namespaces that exist and are not going away.
// Source: apiserver pkg/admission/plugin/namespace/lifecycle/admission.go.
import { StatusError } from '../../../base/errors.ts'
import { qualifiedResource } from '../../../rules/kubernetes/resource-names.ts'
import type { Storage } from '../../registry/storage.ts'
import { namespaceKind } from '../../resources/namespace.ts'
import type { MutatingPlugin } from '../ports.ts'

const undeletable: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])

/** The NamespaceLifecycle plugin. */
export function namespaceLifecycle(storage: Storage): MutatingPlugin {
  return {
    name: 'NamespaceLifecycle',
    admit({ operation, group, resource, namespace, name }) {
      if (resource === 'namespaces' && group === '') {
        if (operation === 'DELETE' && undeletable.has(name)) {
          throw new StatusError(
            'Forbidden',
            `namespaces ${JSON.stringify(name)} is forbidden: this namespace may not be deleted`,
            { name, kind: 'namespaces' },
          )
        }
        return undefined
      }
      if (operation !== 'CREATE' || !namespace) return undefined
      requireLive(storage, { group, resource, namespace, name })
      return undefined
    },
  }
}

function requireLive(
  storage: Storage,
  { group, resource, namespace, name }: { group: string; resource: string; namespace: string; name: string },
): void {
  const found = storage.get(namespaceKind, { name: namespace })
  if (!found) {
    throw new StatusError('NotFound', `namespaces ${JSON.stringify(namespace)} not found`, {
      name: namespace,
      kind: 'namespaces',
    })
  }
  if (found.status?.phase !== 'Terminating' && !found.metadata.deletionTimestamp) return
  const qualified = qualifiedResource({ plural: resource, group })
  throw new StatusError(
    'Forbidden',
    `${qualified} ${JSON.stringify(name)} is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    {
      name,
      ...(group ? { group } : {}),
      kind: resource,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  )
}
