// Owns the contract of a control loop: what wakes it, what one pass does, what it may use.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../kubernetes/client/client.ts'

/** What a pass asks for next; nothing means: wait until something changes. */
export interface ReconcileResult {
  readonly requeueAfterMs?: number
}

/** Something that can wake a controller: an informer, a table of AWS records, a timer. */
export interface Source {
  /** Calls `enqueue` for everything that is there and for every change after. @returns a function that ends it. */
  subscribe(enqueue: (key: string) => void): () => void
}

/**
 * A control loop. `reconcile` looks at desired and actual state of one key and moves the one towards the
 * other; it must be safe to run at any time, any number of times. A rejection is retried with back-off.
 */
export interface Controller {
  readonly name: string
  readonly sources: readonly Source[]
  /** Keys are `namespace/name` or `name` for Kubernetes objects. */
  reconcile(key: string): Promise<ReconcileResult | void>
  /** Keys worked on at once; 1 by default. */
  readonly concurrency?: number
}

/** A live, indexed copy of one resource, shared by all controllers of a cluster. Objects are read-only. */
export interface Informer<T extends KubernetesObject> {
  /** `namespace/name`, or `name` for cluster-scoped objects. */
  get(key: string): T | undefined
  list(namespace?: string): readonly T[]
  /** Objects for which the index function returned `value`. */
  byIndex(index: string, value: string): readonly T[]
  /** Adds an index; before the first use of `byIndex`. Adding the same name again is no error. */
  addIndex(index: string, valuesOf: (object: T) => readonly string[]): void
  /** Wakes a controller by keys derived from each object that appears, changes or goes (both versions on change). */
  source(keysOf?: (object: T) => readonly string[]): Source
  /** Calls back on each change once it is visible to `get`. @returns a function that ends it. */
  onChange(handler: (change: { readonly before?: T; readonly after?: T }) => void): () => void
  /** True once the initial list is in. */
  readonly synced: boolean
}

/** What a controller gets to work with; one per cluster. */
export interface ControllerContext {
  readonly client: KubernetesClient
  readonly clock: Clock
  readonly log: Log
  /** The shared informer of a resource; started on first use. */
  informer<T extends KubernetesObject>(resource: Resource<T>): Informer<T>
  /** Records a Kubernetes event; equal events are counted up, as client-go's recorder does. Never throws. */
  event(
    about: KubernetesObject,
    event: {
      readonly type: 'Normal' | 'Warning'
      readonly reason: string
      readonly message: string
      readonly from: string
    },
  ): void
}

/** `namespace/name` of an object, `name` when it has no namespace. */
export function keyOf(object: KubernetesObject): string {
  const { namespace, name } = object.metadata
  return namespace ? `${namespace}/${name}` : name
}

/** The parts of a key made by `keyOf`. */
export function splitKey(key: string): { readonly namespace?: string; readonly name: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
