// Owns the words in which a terminating namespace tells what holds it up. Pure.
// Source: kubernetes pkg/controller/namespace/deletion/status_condition_utils.go.
import type { NamespaceCondition } from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'

/** What a pass could not get rid of. */
export interface Remains {
  readonly contents: readonly { readonly resource: Resource; readonly objects: readonly KubernetesObject[] }[]
  readonly failures: readonly string[]
}

/** The five conditions of a terminating namespace, without times. */
export function namespaceConditions({ contents, failures }: Remains): NamespaceCondition[] {
  const remaining = contents
    .map(({ resource, objects }) => `${nameOf(resource)} has ${objects.length} resource instances`)
    .toSorted()
  const held = new Map<string, number>()
  for (const finalizer of contents.flatMap(({ objects }) =>
    objects.flatMap((object) => object.metadata.finalizers ?? []),
  )) {
    held.set(finalizer, (held.get(finalizer) ?? 0) + 1)
  }
  const finalizers = Array.from(held, ([name, count]) => `${name} in ${count} resource instances`).toSorted()
  return [
    ok('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    ok(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    failures.length > 0
      ? {
          type: 'NamespaceDeletionContentFailure',
          status: 'True',
          reason: 'ContentDeletionFailed',
          message: `Failed to delete all resource types, ${failures.length} remaining: ${failures.toSorted().join(', ')}`,
        }
      : ok(
          'NamespaceDeletionContentFailure',
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        ),
    remaining.length > 0
      ? {
          type: 'NamespaceContentRemaining',
          status: 'True',
          reason: 'SomeResourcesRemain',
          message: `Some resources are remaining: ${remaining.join(', ')}`,
        }
      : ok('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'),
    finalizers.length > 0
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${finalizers.join(', ')}`,
        }
      : ok(
          'NamespaceFinalizersRemaining',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ]
}

function ok(type: string, reason: string, message: string): NamespaceCondition {
  return { type, status: 'False', reason, message }
}

// GroupResource-with-dots, as upstream prints a GroupVersionResource: `pods.`, `deployments.apps`.
function nameOf({ plural, group }: Resource): string {
  return `${plural}.${group}`
}
