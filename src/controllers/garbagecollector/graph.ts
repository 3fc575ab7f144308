// Owns the view of who owns whom, over every resource that takes part in garbage collection.
// Source: kubernetes pkg/controller/garbagecollector/graph_builder.go.
import type { OwnerReference } from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { ControllerContext, Informer, Source } from '../../reconcile/controller.ts'
import { groupVersionOf } from '../../rules/kubernetes/resource-names.ts'

export const FOREGROUND = 'foregroundDeletion'
export const ORPHAN = 'orphan'
const BY_OWNER = 'garbage-collector/owner'

/** An object, with where it is kept. */
export interface Located {
  readonly resource: Resource
  readonly object: KubernetesObject
}

interface Tracked {
  readonly resource: Resource
  readonly informer: Informer<KubernetesObject>
}

/** Objects by key, dependents by owner. Keys are `plural.group/namespace/name`. */
export class OwnerGraph {
  readonly #tracked = new Map<string, Tracked>()

  constructor(context: ControllerContext, resources: readonly Resource[]) {
    for (const resource of resources) {
      const informer = context.informer(resource)
      informer.addIndex(BY_OWNER, ownerUids)
      this.#tracked.set(nameOf(resource), { resource, informer })
    }
  }

  get(key: string): Located | undefined {
    const slash = key.indexOf('/')
    const tracked = this.#tracked.get(key.slice(0, slash))
    const object = tracked?.informer.get(key.slice(slash + 1))
    return tracked && object && { resource: tracked.resource, object }
  }

  dependentsOf(uid: string): Located[] {
    return [...this.#tracked.values()].flatMap(({ resource, informer }) =>
      informer.byIndex(BY_OWNER, uid).map((object) => ({ resource, object })),
    )
  }

  /** The resource that an owner reference names; undefined when it does not take part. */
  resourceOf({ apiVersion, kind }: OwnerReference): Resource | undefined {
    const tracked = [...this.#tracked.values()].find(
      ({ resource }) => resource.kind === kind && groupVersionOf(resource) === apiVersion,
    )
    return tracked?.resource
  }

  /** The owner as the informers know it, whatever its uid. */
  ownerNamed(reference: OwnerReference, namespace: string | undefined): KubernetesObject | undefined {
    const resource = this.resourceOf(reference)
    if (!resource) return undefined
    const key = resource.namespaced ? `${namespace}/${reference.name}` : reference.name
    return this.#tracked.get(nameOf(resource))?.informer.get(key)
  }

  /** Wakes objects that have owners or are held by a deletion; and the relatives of those that change or go. */
  sources(): Source[] {
    return [...this.#tracked.values()].flatMap(({ resource, informer }) => [
      informer.source((object) => (concerns(object) ? [this.#key(resource, object)] : [])),
      this.#relatives(informer),
    ])
  }

  #relatives(informer: Informer<KubernetesObject>): Source {
    return {
      subscribe: (enqueue) =>
        informer.onChange(({ before, after }) => {
          const object = after ?? before
          if (!object) return
          if (!after || isForeground(after)) {
            for (const { resource, object: dependent } of this.dependentsOf(object.metadata.uid)) {
              enqueue(this.#key(resource, dependent))
            }
          }
          for (const owner of this.#foregroundOwners(before ?? object)) enqueue(owner)
        }),
    }
  }

  // An owner that waits for its dependents has to hear when one goes or stops blocking it.
  #foregroundOwners({ metadata }: KubernetesObject): string[] {
    return (metadata.ownerReferences ?? []).flatMap((reference) => {
      const resource = this.resourceOf(reference)
      const owner = this.ownerNamed(reference, metadata.namespace)
      return resource && owner && isForeground(owner) ? [this.#key(resource, owner)] : []
    })
  }

  #key(resource: Resource, object: KubernetesObject): string {
    return `${nameOf(resource)}/${keyOf(object)}`
  }
}

function ownerUids({ metadata }: KubernetesObject): string[] {
  return (metadata.ownerReferences ?? []).map(({ uid }) => uid)
}

function concerns(object: KubernetesObject): boolean {
  return (object.metadata.ownerReferences ?? []).length > 0 || isForeground(object) || isOrphaning(object)
}

/** True for an owner whose deletion waits for its dependents. */
export function isForeground({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(FOREGROUND)
}

/** True for an owner whose deletion waits for its dependents to be let go. */
export function isOrphaning({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(ORPHAN)
}

function nameOf({ plural, group }: Resource): string {
  return `${plural}.${group}`
}
