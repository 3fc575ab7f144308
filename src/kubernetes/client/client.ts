// Owns the contract by which controllers, node agents and the region talk to a Kubernetes API,
// in-process or over HTTP.
import type { ObjectMeta, Scale } from '../../../generated/kubernetes.d.ts'

/** What every stored object has. Objects handed out by a client are shared: copy before changing. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

/** An object on its way to being created: the server fills in the rest of the metadata. */
export type Draft<T extends KubernetesObject> = Omit<T, 'metadata' | 'apiVersion' | 'kind'> & {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: Partial<ObjectMeta>
}

/** Names one resource of the API. The type parameter is the type of its objects. */
export interface Resource<T extends KubernetesObject = KubernetesObject> {
  /** `''` for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** Never set: carries T. */
  readonly object?: T
}

export interface ObjectKey {
  readonly namespace?: string
  readonly name: string
}

export interface ListOptions {
  /** All namespaces by default. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
}

export interface ObjectList<T extends KubernetesObject> {
  readonly items: readonly T[]
  readonly resourceVersion: string
  readonly continue?: string
}

export interface WatchEvent<T extends KubernetesObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}

export interface WatchOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Deliver what happened after this version. */
  readonly resourceVersion: string
  /** Ends the watch. */
  readonly signal: AbortSignal
}

export interface WriteOptions {
  /** Names the writer in managedFields; the client's own name by default. */
  readonly fieldManager?: string
  readonly dryRun?: boolean
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

export interface PatchOptions extends WriteOptions {
  readonly type: PatchType
  /** `status`, `scale`, …; the object itself by default. */
  readonly subresource?: string
  /** Takes over fields of others (server-side apply only). */
  readonly force?: boolean
}

export interface DeleteOptions {
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
  readonly gracePeriodSeconds?: number
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

/**
 * Verbs of a Kubernetes API. Every method rejects with `StatusError`, with the reason the API server gives:
 * NotFound, AlreadyExists, Conflict, Invalid, Forbidden, Expired (watch or continue token too old), ….
 */
export interface KubernetesClient {
  get<T extends KubernetesObject>(resource: Resource<T>, key: ObjectKey): Promise<T>
  list<T extends KubernetesObject>(resource: Resource<T>, options?: ListOptions): Promise<ObjectList<T>>
  /** Ends without an error when the signal aborts or the server closes; rejects with Expired when too old. */
  watch<T extends KubernetesObject>(
    resource: Resource<T>,
    options: WatchOptions,
  ): AsyncIterable<WatchEvent<T>>
  create<T extends KubernetesObject>(
    resource: Resource<T>,
    draft: Draft<T>,
    options?: WriteOptions,
  ): Promise<T>
  /** Replaces the object; Conflict when its resourceVersion has moved on. */
  update<T extends KubernetesObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>
  /** Replaces the status subresource only. */
  updateStatus<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<T>
  patch<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    body: unknown,
    options: PatchOptions,
  ): Promise<T>
  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions): Promise<void>
  /** POST to a subresource such as `binding`, `eviction`, `token`; the answer as sent. */
  createSubresource(resource: Resource, key: ObjectKey, subresource: string, body: unknown): Promise<unknown>
  /** The scale subresource; NotFound for kinds that have none. */
  getScale(resource: Resource, key: ObjectKey): Promise<Scale>
  /** Replaces it; Conflict when its resourceVersion has moved on. */
  updateScale(resource: Resource, key: ObjectKey, scale: Scale): Promise<Scale>
}
