// Owns what a node agent sees of its cluster: the API, live copies of resources, and the way to record events.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../kubernetes/client/client.ts'

/** A live copy of one resource. The informers of the controllers serve. */
export interface LiveResource<T extends KubernetesObject> {
  get(key: string): T | undefined
  list(namespace?: string): readonly T[]
  byIndex(index: string, value: string): readonly T[]
  addIndex(index: string, valuesOf: (object: T) => readonly string[]): void
  /** Calls back on each change once it is visible to `get`. @returns a function that ends it. */
  onChange(handler: (change: { readonly before?: T; readonly after?: T }) => void): () => void
}

/** One cluster, as its node agents see it; a ControllerContext serves. */
export interface NodeCluster {
  readonly client: KubernetesClient
  readonly clock: Clock
  readonly log: Log
  informer<T extends KubernetesObject>(resource: Resource<T>): LiveResource<T>
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
