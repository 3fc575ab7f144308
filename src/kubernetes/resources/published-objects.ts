// Owns the objects that every cluster of Kubernetes starts with: data/kubernetes-bootstrap.json, looked up.

import { packageText } from '../../base/package-files.ts'
import type { PolicyRule } from '../../../generated/kubernetes.d.ts'
import { InternalError } from '../../base/errors.ts'

interface Named {
  readonly name: string
  readonly namespace?: string
}

/** A role; one that aggregates has the rules of those that carry the label for it. */
export interface PublishedRole extends Named {
  readonly rules?: readonly PolicyRule[]
  readonly labels?: Readonly<Record<string, string>>
  readonly aggregates?: string
}

/** A binding: `ClusterRole/NAME`, and subjects such as `Group:NAME` or `ServiceAccount:NAMESPACE/NAME`. */
export interface PublishedBinding extends Named {
  readonly roleRef: string
  readonly subjects: readonly string[]
}

interface PublishedSpec extends Named {
  readonly spec: Readonly<Record<string, unknown>>
}

interface PublishedObjects {
  readonly clusterRoles: readonly PublishedRole[]
  readonly clusterRoleBindings: readonly PublishedBinding[]
  readonly roles: readonly PublishedRole[]
  readonly roleBindings: readonly PublishedBinding[]
  readonly flowSchemas: readonly PublishedSpec[]
  readonly priorityLevelConfigurations: readonly PublishedSpec[]
}

/** What a fresh cluster holds. Read anew each time: it is needed when a server starts, and not kept. */
export function publishedObjects(): PublishedObjects {
  return JSON.parse(packageText('data/kubernetes-bootstrap.json')) as PublishedObjects
}

// Of the few whose spec may not be another: every cluster makes them, and each is compared with what is published.
const specs = new Map<string, PublishedSpec['spec']>()

/**
 * The spec of an object that a fresh cluster holds.
 * @throws InternalError when there is none of the name.
 */
export function publishedSpec(
  list: 'flowSchemas' | 'priorityLevelConfigurations',
  name: string,
): Readonly<Record<string, unknown>> {
  const key = `${list}/${name}`
  const known = specs.get(key)
  if (known) return known
  const found = publishedObjects()[list].find((object) => object.name === name)
  if (!found) throw new InternalError(`no ${name} among the published ${list}`)
  specs.set(key, found.spec)
  return found.spec
}
