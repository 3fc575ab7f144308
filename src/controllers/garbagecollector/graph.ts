// Owns the view of who owns whom, over every resource that takes part in garbage collection.
// Source: kubernetes pkg/controller/garbagecollector/graph_builder.go.
import type { OwnerReference } from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import type { ServedResources } from '../../kubernetes/client/served-resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { ControllerContext, Informer, Source } from '../../reconcile/controller.ts'
import { parseGroupVersion } from '../../rules/kubernetes/resource-names.ts'

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
  readonly #context: ControllerContext
  readonly #served: ServedResources
  readonly #tracked = new Map<string, Tracked>()
  // By kind, as owner references name it.
  readonly #byKind = new Map<string, Tracked>()

  constructor(context: ControllerContext, served: ServedResources) {
    this.#context = context
    this.#served = served
    // At once: controllers wait for the lists of the informers that are asked for at the start.
    this.#track()
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

  /**
   * The resource that an owner reference names, in whatever version: the versions of a kind have the same objects.
   * undefined when it does not take part.
   */
  resourceOf(reference: OwnerReference): Resource | undefined {
    return this.#trackedBy(reference)?.resource
  }

  /** The owner as the informers know it, whatever its uid. */
  ownerNamed(reference: OwnerReference, namespace: string | undefined): KubernetesObject | undefined {
    const tracked = this.#trackedBy(reference)
    if (!tracked) return undefined
    const key = tracked.resource.namespaced ? `${namespace}/${reference.name}` : reference.name
    return tracked.informer.get(key)
  }

  #trackedBy({ apiVersion, kind }: OwnerReference): Tracked | undefined {
    return this.#byKind.get(`${parseGroupVersion(apiVersion).group}/${kind}`)
  }

  /** Wakes objects that have owners or are held by a deletion; and the relatives of those that change or go. */
  sources(): Source[] {
    return [{ subscribe: (enqueue) => this.#subscribe(enqueue) }]
  }

  #subscribe(enqueue: (key: string) => void): () => void {
    const ends = new Map<Tracked, readonly (() => void)[]>()
    const follow = (): void => {
      this.#track()
      const current = new Set(this.#tracked.values())
      for (const tracked of current) {
        if (!ends.has(tracked)) ends.set(tracked, this.#subscriptions(tracked, enqueue))
      }
      for (const [tracked, list] of ends) {
        if (current.has(tracked)) continue
        for (const end of list) end()
        ends.delete(tracked)
      }
    }
    follow()
    const stop = this.#served.onChange(follow)
    return () => {
      stop()
      for (const list of ends.values()) for (const end of list) end()
    }
  }

  #subscriptions({ resource, informer }: Tracked, enqueue: (key: string) => void): (() => void)[] {
    const own = informer.source((object) => (concerns(object) ? [this.#key(resource, object)] : []))
    return [own.subscribe(enqueue), this.#relatives(informer).subscribe(enqueue)]
  }

  /** Takes in what is served now, and lets go of what no longer is. */
  #track(): void {
    const before = new Map(this.#tracked)
    this.#tracked.clear()
    this.#byKind.clear()
    for (const resource of this.#served.all) {
      // Nobody owns events or is owned by them, and there are many.
      if (resource.plural === 'events' && resource.group === '') continue
      const name = nameOf(resource)
      const known = before.get(name)
      const tracked = known?.resource.version === resource.version ? known : this.#begin(resource)
      this.#tracked.set(name, tracked)
      this.#byKind.set(`${resource.group}/${resource.kind}`, tracked)
    }
  }

  #begin(resource: Resource): Tracked {
    const informer = this.#context.informer(resource)
    informer.addIndex(BY_OWNER, ownerUids)
    return { resource, informer }
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
