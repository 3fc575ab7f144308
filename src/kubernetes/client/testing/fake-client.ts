// Owns a Kubernetes API in memory, small and honest, for testing controllers without an API server: no
// admission, defaulting, validation or garbage collection; graceful deletion and finalizers are there.
import fastJsonPatch from 'fast-json-patch'

import type { LabelSelector, Scale } from '../../../../generated/kubernetes.d.ts'
import { onAbort } from '../../../base/abort.ts'
import { formatTimestamp, type Clock } from '../../../base/clock.ts'
import { StatusError } from '../../../base/errors.ts'
import { sequentialIds, type Ids } from '../../../base/ids.ts'
import { deepCopy, deepEqual, isObject } from '../../../base/json.ts'
import type * as api from '../client.ts'
import { parseFieldSelector, parseLabelSelector } from '../../resources/selector.ts'
import { formatLabelSelector, matchesRequirements } from '../../../rules/scheduling/label-selector.ts'
import { groupVersionOf, qualifiedResource } from '../../../rules/kubernetes/resource-names.ts'

type Stored = api.KubernetesObject & { spec?: unknown; status?: unknown }

interface Happening {
  readonly version: number
  /** With its group: pods have readings under the same plural. */
  readonly resource: string
  readonly event: api.WatchEvent<Stored>
}

/** One call that has arrived, for tests that look at what a controller did. */
export interface FakeAction {
  readonly verb: string
  readonly plural: string
  readonly key: string
  readonly body?: unknown
}

/** The fake. Objects it hands out are frozen: a controller that changes them fails its test. */
export class FakeClient implements api.KubernetesClient {
  /** Writes that were asked for, in order. */
  readonly actions: FakeAction[] = []
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #objects = new Map<string, Stored>()
  readonly #history: Happening[] = []
  readonly #wakeWatches = new Set<() => void>()
  readonly #failures: { verb: string; plural: string; error: unknown }[] = []
  #version = 0
  #oldestVersion = 0

  constructor(options: { clock: Clock; ids?: Ids }) {
    this.#clock = options.clock
    this.#ids = options.ids ?? sequentialIds()
  }

  /** Makes the next call of this verb on this resource reject with `error`. */
  failNext(verb: string, plural: string, error: unknown): void {
    this.#failures.push({ verb, plural, error })
  }

  /** Forgets history and ends all watches: those that continue get Expired and have to list again. */
  expireWatches(): void {
    this.#history.length = 0
    this.#oldestVersion = ++this.#version
    for (const wake of this.#wakeWatches) wake()
  }

  /** Stores an object as it is, status included; fills in what metadata lacks. */
  seed<T extends api.KubernetesObject>(resource: api.Resource<T>, draft: api.Draft<T>): T {
    return this.#insert(resource, draft as api.Draft<Stored>) as unknown as T
  }

  async get<T extends api.KubernetesObject>(resource: api.Resource<T>, key: api.ObjectKey): Promise<T> {
    this.#begin('get', resource, key)
    return this.#existing(resource, key) as unknown as T
  }

  async list<T extends api.KubernetesObject>(
    resource: api.Resource<T>,
    options: api.ListOptions = {},
  ): Promise<api.ObjectList<T>> {
    this.#begin('list', resource, { name: '' })
    const prefix = `${qualifiedResource(resource)}/`
    const items = [...this.#objects]
      .filter(([path, object]) => path.startsWith(prefix) && selects(options, object))
      .map(([, object]) => object as unknown as T)
    return { items, resourceVersion: String(this.#version) }
  }

  async *watch<T extends api.KubernetesObject>(
    resource: api.Resource<T>,
    options: api.WatchOptions,
  ): AsyncGenerator<api.WatchEvent<T>> {
    this.#begin('watch', resource, { name: '' })
    let seen = Number(options.resourceVersion)
    const startedAt = this.#oldestVersion
    while (!options.signal.aborted) {
      if (seen < this.#oldestVersion) {
        // A running watch that falls behind is closed; only a new one is told why.
        if (startedAt < this.#oldestVersion) return
        throw new StatusError('Expired', `too old resource version: ${seen} (${this.#oldestVersion})`)
      }
      const next = this.#history.find(({ version }) => version > seen)
      if (!next) {
        await this.#somethingNew(options.signal)
        continue
      }
      seen = next.version
      if (next.resource === qualifiedResource(resource) && selects(options, next.event.object)) {
        yield next.event as unknown as api.WatchEvent<T>
      }
    }
  }

  async create<T extends api.KubernetesObject>(resource: api.Resource<T>, draft: api.Draft<T>): Promise<T> {
    const { generateName } = draft.metadata
    const name = draft.metadata.name ?? (generateName ? generateName + this.#ids.suffix(5) : '')
    this.#begin('create', resource, { ...draft.metadata, name }, draft)
    if (!name)
      throw new StatusError('Invalid', `${resource.kind} "" is invalid: metadata.name: Required value`)
    const named = { ...draft, metadata: { ...draft.metadata, name } } as api.Draft<Stored>
    // A node agent creates its Node with a status; of all other kinds the server sets it.
    if (resource.plural !== 'nodes') delete named.status
    if (resource.plural === 'pods') named.status = { phase: 'Pending' }
    return this.#insert(resource, named) as unknown as T
  }

  async update<T extends api.KubernetesObject>(resource: api.Resource<T>, object: T): Promise<T> {
    this.#begin('update', resource, object.metadata, object)
    const current = this.#existing(resource, object.metadata)
    return this.#replace(resource, current, withStatus(object as Stored, current.status)) as unknown as T
  }

  async updateStatus<T extends api.KubernetesObject>(resource: api.Resource<T>, object: T): Promise<T> {
    this.#begin('updateStatus', resource, object.metadata, object)
    const current = this.#existing(resource, object.metadata)
    const { resourceVersion } = object.metadata
    const next = withStatus(current, (object as Stored).status)
    return this.#replace(resource, current, {
      ...next,
      metadata: { ...next.metadata, resourceVersion },
    }) as unknown as T
  }

  async patch<T extends api.KubernetesObject>(
    resource: api.Resource<T>,
    key: api.ObjectKey,
    body: unknown,
    options: api.PatchOptions,
  ): Promise<T> {
    this.#begin('patch', resource, key, body)
    const current = this.#existing(resource, key)
    const patched = patchedBy(current, body, options.type)
    const next =
      options.subresource === 'status' || options.subresource === 'approval'
        ? withStatus(current, patched.status)
        : withStatus(patched, current.status)
    return this.#replace(resource, current, next) as unknown as T
  }

  async delete(resource: api.Resource, key: api.ObjectKey, options: api.DeleteOptions = {}): Promise<void> {
    this.#begin('delete', resource, key, options)
    const current = this.#existing(resource, key)
    const { uid, resourceVersion } = options.preconditions ?? {}
    if (uid !== undefined && uid !== current.metadata.uid) throw conflict(resource, key.name)
    if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion)
      throw conflict(resource, key.name)
    const graceSeconds = options.gracePeriodSeconds ?? 30
    const waitsForNode = resource.plural === 'pods' && isBound(current) && graceSeconds > 0
    if (!waitsForNode && !current.metadata.finalizers?.length) {
      this.#remove(resource, current)
      return
    }
    if (current.metadata.deletionTimestamp) return
    const deletionTimestamp = formatTimestamp(this.#clock.now() + (waitsForNode ? graceSeconds * 1000 : 0))
    const deletion = { deletionTimestamp, deletionGracePeriodSeconds: waitsForNode ? graceSeconds : 0 }
    this.#replace(resource, current, { ...current, metadata: { ...current.metadata, ...deletion } })
  }

  async createSubresource(
    resource: api.Resource,
    key: api.ObjectKey,
    subresource: string,
    body: unknown,
  ): Promise<unknown> {
    this.#begin(subresource, resource, key, body)
    const current = this.#existing(resource, key)
    if (resource.plural !== 'pods' || subresource !== 'binding') {
      throw new StatusError('MethodNotAllowed', `the fake has no subresource ${subresource}`)
    }
    if (isBound(current)) {
      const node = (current.spec as { nodeName: string }).nodeName
      throw new StatusError(
        'Conflict',
        `Operation cannot be fulfilled on pods/binding "${key.name}": pod ${key.name} is already assigned to node "${node}"`,
      )
    }
    const { target, metadata } = body as { target: { name: string }; metadata?: { uid?: string } }
    if (metadata?.uid !== undefined && metadata.uid !== current.metadata.uid)
      throw conflict(resource, key.name)
    const scheduled = {
      type: 'PodScheduled',
      status: 'True',
      lastTransitionTime: formatTimestamp(this.#clock.now()),
    }
    const status = current.status as { conditions?: { type: string }[] } | undefined
    const conditions = [
      ...(status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled'),
      scheduled,
    ]
    this.#replace(resource, current, {
      ...current,
      spec: { ...(current.spec as object), nodeName: target.name },
      status: { ...status, conditions },
    } as Stored)
    return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', code: 201 }
  }

  async getScale(resource: api.Resource, key: api.ObjectKey): Promise<Scale> {
    this.#begin('get', resource, key)
    return scaleOf(this.#existing(resource, key))
  }

  async updateScale(resource: api.Resource, key: api.ObjectKey, scale: Scale): Promise<Scale> {
    this.#begin('updateScale', resource, key, scale)
    const current = this.#existing(resource, key)
    const spec = { ...(current.spec as object), replicas: scale.spec.replicas ?? 0 }
    const { resourceVersion } = scale.metadata
    const next = { ...current, metadata: { ...current.metadata, resourceVersion }, spec } as Stored
    return scaleOf(this.#replace(resource, current, next))
  }

  #begin(verb: string, resource: api.Resource, key: api.ObjectKey, body?: unknown): void {
    const index = this.#failures.findIndex((each) => each.verb === verb && each.plural === resource.plural)
    const isWrite = !['get', 'list', 'watch'].includes(verb)
    if (isWrite) this.actions.push({ verb, plural: resource.plural, key: pathOf(key), body: deepCopy(body) })
    if (index >= 0) throw this.#failures.splice(index, 1)[0]?.error
  }

  #existing(resource: api.Resource, key: api.ObjectKey): Stored {
    const object = this.#objects.get(`${qualifiedResource(resource)}/${pathOf(key)}`)
    if (!object) throw new StatusError('NotFound', `${qualifiedResource(resource)} "${key.name}" not found`)
    return object
  }

  #insert(resource: api.Resource, draft: api.Draft<Stored>): Stored {
    const { name = '' } = draft.metadata
    const apiVersion = groupVersionOf(resource)
    const generation = 'spec' in draft ? { generation: 1 } : {}
    const creationTimestamp = formatTimestamp(this.#clock.now())
    const metadata = { uid: this.#ids.uuid(), creationTimestamp, ...generation, ...draft.metadata, name }
    const object = {
      ...draft,
      apiVersion,
      kind: resource.kind,
      metadata: { ...metadata, resourceVersion: '' },
    }
    if (this.#objects.has(`${qualifiedResource(resource)}/${pathOf(object.metadata)}`))
      throw new StatusError('AlreadyExists', `${qualifiedResource(resource)} "${name}" already exists`)
    return this.#store(resource, 'ADDED', object)
  }

  #replace(resource: api.Resource, current: Stored, next: Stored): Stored {
    const { resourceVersion } = next.metadata
    if (resourceVersion && resourceVersion !== current.metadata.resourceVersion)
      throw conflict(resource, current.metadata.name)
    const { uid, creationTimestamp, generation = 0 } = current.metadata
    const specChanged = !deepEqual(current.spec, next.spec)
    const metadata = {
      ...next.metadata,
      uid,
      creationTimestamp,
      resourceVersion: current.metadata.resourceVersion,
    }
    if (current.metadata.generation !== undefined) metadata.generation = generation + (specChanged ? 1 : 0)
    const object = { ...next, metadata }
    if (deepEqual(object, current)) return current
    const isLeaving = metadata.deletionTimestamp && metadata.deletionGracePeriodSeconds === 0
    if (isLeaving && !metadata.finalizers?.length) return this.#remove(resource, object)
    return this.#store(resource, 'MODIFIED', object)
  }

  #remove(resource: api.Resource, object: Stored): Stored {
    return this.#store(resource, 'DELETED', object)
  }

  #store(resource: api.Resource, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Stored): Stored {
    const version = ++this.#version
    const metadata = { ...object.metadata, resourceVersion: String(version) }
    const stored = frozen(deepCopy({ ...object, metadata }))
    const name = qualifiedResource(resource)
    const path = `${name}/${pathOf(stored.metadata)}`
    if (type === 'DELETED') this.#objects.delete(path)
    else this.#objects.set(path, stored)
    this.#history.push({ version, resource: name, event: { type, object: stored } })
    for (const wake of this.#wakeWatches) wake()
    return stored
  }

  #somethingNew(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wakeWatches.delete(wake)
        ignore()
        resolve()
      }
      this.#wakeWatches.add(wake)
      const ignore = onAbort(signal, wake)
    })
  }
}

// Every kind that has replicas can be scaled.
function scaleOf({ metadata, spec, status }: Stored): Scale {
  const { replicas, selector } = (spec ?? {}) as { replicas?: number; selector?: LabelSelector }
  if (replicas === undefined) {
    throw new StatusError('NotFound', 'the server could not find the requested resource')
  }
  const current = (status as { replicas?: number } | undefined)?.replicas ?? 0
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata,
    spec: { replicas },
    status: { replicas: current, selector: formatLabelSelector(selector) },
  }
}

function pathOf({ namespace, name }: api.ObjectKey): string {
  return namespace ? `${namespace}/${name}` : name
}

function conflict(resource: api.Resource, name: string): StatusError {
  return new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
  )
}

function withStatus(object: Stored, status: unknown): Stored {
  const { status: _, ...rest } = object
  return status === undefined ? rest : { ...rest, status }
}

function isBound(object: Stored): boolean {
  return isObject(object.spec) && Boolean(object.spec['nodeName'])
}

function selects(
  { namespace, labelSelector = '', fieldSelector = '' }: api.ListOptions,
  object: Stored,
): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false
  if (!matchesRequirements(parseLabelSelector(labelSelector), object.metadata.labels)) return false
  return parseFieldSelector(fieldSelector).every((requirement) => {
    const value = requirement.key
      .split('.')
      .reduce<unknown>((at, key) => (isObject(at) ? at[key] : ''), object)
    // The fields that selectors may name are all scalars.
    return matchesRequirements([requirement], {
      [requirement.key]: String((value as string | undefined) ?? ''),
    })
  })
}

function patchedBy(current: Stored, body: unknown, type: api.PatchType): Stored {
  if (type === 'merge') return merged(current, body) as Stored
  if (type === 'json') {
    const operations = body as Parameters<typeof fastJsonPatch.applyPatch>[1]
    return fastJsonPatch.applyPatch(deepCopy(current), operations).newDocument as Stored
  }
  throw new StatusError('UnsupportedMediaType', `the fake has no ${type} patch`)
}

// RFC 7396.
function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merged(result[key], value)
  }
  return result
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(frozen)
  }
  return value
}
