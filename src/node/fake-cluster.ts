// Owns a cluster in memory for tests of node agents: a client that keeps objects, live copies of them, and events.
import type { Clock } from '../base/clock.ts'
import { InternalError, StatusError } from '../base/errors.ts'
import { deepCopy } from '../base/json.ts'
import { silentLog } from '../base/log.ts'
import type * as api from '../kubernetes/client/client.ts'
import type { LiveResource, NodeCluster } from './cluster.ts'

type Handler = (change: { before?: api.KubernetesObject; after?: api.KubernetesObject }) => void

interface Kept {
  readonly resource: api.Resource
  readonly object: api.KubernetesObject
}

/** Objects by plural and key; every write is seen by `informer` at once. */
export class FakeCluster implements NodeCluster {
  readonly client: api.KubernetesClient
  readonly clock: Clock
  readonly log = silentLog
  /** `reason: message` of every event, in order. */
  readonly events: string[] = []
  readonly #kept = new Map<string, Kept>()
  readonly #handlers: { plural: string; handler: Handler }[] = []
  readonly #indexes = new Map<string, (object: never) => readonly string[]>()
  #count = 0

  constructor(clock: Clock) {
    this.clock = clock
    this.client = {
      get: async (resource, key) => this.#get(resource, key),
      list: async (resource) => ({ items: this.#list(resource), resourceVersion: String(this.#count) }),
      watch: () => refuse('watch'),
      create: async (resource, draft) => this.create(resource, draft),
      update: async (resource, object) =>
        this.#replace(resource, object, (current) => ({ ...object, status: statusOf(current) })),
      updateStatus: async (resource, object) =>
        this.#replace(resource, object, (current) => ({ ...current, status: statusOf(object) })),
      patch: async (resource, key, body) => {
        const current = this.#get(resource, key)
        return this.#put(resource, merge(current, body) as typeof current)
      },
      delete: async (resource, key, options = {}) => this.#delete(resource, key, options),
      createSubresource: () => refuse('createSubresource'),
    }
  }

  /** Stores an object with its status. */
  create<T extends api.KubernetesObject>(resource: api.Resource<T>, draft: api.Draft<T>): T {
    const { name = '', namespace } = draft.metadata
    if (this.#kept.has(pathOf(resource, { name, ...(namespace && { namespace }) }))) {
      throw new StatusError('AlreadyExists', `${resource.plural} "${name}" already exists`)
    }
    const uid = `uid-${++this.#count}`
    const creationTimestamp = new Date(this.clock.now()).toISOString()
    const metadata = { uid, creationTimestamp, ...draft.metadata, name }
    // The draft carries everything that a T has but what the server fills in.
    const object = { apiVersion: resource.version, kind: resource.kind, ...draft, metadata } as unknown as T
    return this.#put(resource, object)
  }

  informer<T extends api.KubernetesObject>(resource: api.Resource<T>): LiveResource<T> {
    const indexName = (index: string): string => `${resource.plural}/${index}`
    return {
      get: (key) => this.#kept.get(`${resource.plural}/${key}`)?.object as T | undefined,
      list: (namespace) =>
        this.#list(resource).filter(({ metadata }) => !namespace || metadata.namespace === namespace),
      byIndex: (index, value) => {
        const valuesOf = this.#indexes.get(indexName(index))
        return this.#list(resource).filter((object) => valuesOf?.(object as never).includes(value))
      },
      addIndex: (index, valuesOf) => void this.#indexes.set(indexName(index), valuesOf),
      onChange: (handler) => {
        const entry = { plural: resource.plural, handler: handler as Handler }
        this.#handlers.push(entry)
        return () => void this.#handlers.splice(this.#handlers.indexOf(entry), 1)
      },
    }
  }

  event(_about: api.KubernetesObject, { reason, message }: { reason: string; message: string }): void {
    this.events.push(`${reason}: ${message}`)
  }

  #list<T extends api.KubernetesObject>(resource: api.Resource<T>): T[] {
    const all = [...this.#kept.values()].filter((kept) => kept.resource.plural === resource.plural)
    return all.map(({ object }) => object as T)
  }

  #get<T extends api.KubernetesObject>(resource: api.Resource<T>, key: api.ObjectKey): T {
    const kept = this.#kept.get(pathOf(resource, key))
    if (!kept) throw new StatusError('NotFound', `${resource.plural} "${key.name}" not found`)
    return kept.object as T
  }

  #replace<T extends api.KubernetesObject>(
    resource: api.Resource<T>,
    object: T,
    change: (current: T) => object,
  ): T {
    const { name, namespace, resourceVersion } = object.metadata
    const current = this.#get(resource, { name, ...(namespace && { namespace }) })
    if (current.metadata.resourceVersion !== resourceVersion) {
      throw new StatusError('Conflict', `${resource.plural} "${name}": the object has been modified`)
    }
    return this.#put(resource, change(current) as T)
  }

  #put<T extends api.KubernetesObject>(resource: api.Resource<T>, object: T): T {
    const { name, namespace } = object.metadata
    const path = pathOf(resource, { name, ...(namespace && { namespace }) })
    const before = this.#kept.get(path)?.object
    const metadata = { ...object.metadata, resourceVersion: String(++this.#count) }
    const after = deepCopy({ ...object, metadata })
    this.#kept.set(path, { resource, object: after })
    this.#notify(resource, { ...(before && { before }), after })
    return after
  }

  // Pods go when the kubelet says so; everything else goes at once.
  #delete(resource: api.Resource, key: api.ObjectKey, options: api.DeleteOptions): void {
    const object = this.#get(resource, key)
    if (options.preconditions?.uid !== undefined && options.preconditions.uid !== object.metadata.uid) {
      throw new StatusError('Conflict', 'the UID in the precondition does not match')
    }
    if (resource.plural === 'pods' && options.gracePeriodSeconds !== 0) {
      const deletionTimestamp = new Date(this.clock.now()).toISOString()
      const deletionGracePeriodSeconds = options.gracePeriodSeconds ?? 30
      const metadata = { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds }
      return void this.#put(resource, { ...object, metadata })
    }
    this.#kept.delete(pathOf(resource, key))
    this.#notify(resource, { before: object })
  }

  #notify(resource: api.Resource, change: Parameters<Handler>[0]): void {
    for (const { plural, handler } of this.#handlers) if (plural === resource.plural) handler(change)
  }
}

function pathOf(resource: api.Resource, { namespace, name }: api.ObjectKey): string {
  return namespace ? `${resource.plural}/${namespace}/${name}` : `${resource.plural}/${name}`
}

function statusOf(object: object): unknown {
  return 'status' in object ? object.status : undefined
}

function merge(current: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = { ...(current as object) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merge(result[key] ?? {}, value)
  }
  return result
}

function refuse(verb: string): never {
  throw new InternalError(`${verb} is not part of the fake`)
}
