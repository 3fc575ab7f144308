// Owns the client of the same process: no HTTP, the same registry, admission and authorization.
import type { Scale } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import { groupVersionOf } from '../../rules/kubernetes/resource-names.ts'
import type {
  DeleteOptions,
  Draft,
  KubernetesClient,
  KubernetesObject,
  ListOptions,
  ObjectKey,
  ObjectList,
  PatchOptions,
  Resource,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../client/client.ts'
import type { WriteContext } from '../registry/parts.ts'
import type { Kind } from '../resources/kind.ts'
import { whenConverted } from '../resources/unconverted.ts'
import { decodeObject } from '../schema/decode.ts'
import type { Api } from './api.ts'
import { listOfExtension } from './aggregation/extension-list.ts'
import { requireAllowed } from './authorization.ts'
import { notAllowed, notServed } from './dispatch.ts'
import { patchChange } from './patching.ts'
import type { UserInfo } from './ports.ts'
import { answerReview, findReview } from './reviews.ts'
import { selectedName } from './route.ts'
import { answerSubresource, findSubresource } from './subresources/index.ts'
import { fromScale, toScale } from './subresources/scale.ts'
import { guardedCreation } from './verbs/creation.ts'

/** What one call is about, for authorization. */
interface Target {
  readonly verb: string
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: string
  readonly fieldSelector?: string | undefined
}

/** A client with the rights of `user`. Objects it hands out are shared with everybody else's. */
export class LocalClient implements KubernetesClient {
  readonly #api: Api
  readonly #user: UserInfo
  readonly #fieldManager: string

  constructor(api: Api, user: UserInfo, fieldManager: string) {
    this.#api = api
    this.#user = user
    this.#fieldManager = fieldManager
  }

  async get<T extends KubernetesObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    const kind = this.#allow(resource, { verb: 'get', ...key })
    return (await whenConverted(() => this.#api.registry.get(kind, key))) as T
  }

  async list<T extends KubernetesObject>(
    resource: Resource<T>,
    options: ListOptions = {},
  ): Promise<ObjectList<T>> {
    this.#authorize(resource, { verb: 'list', ...options })
    const { registry, kinds, aggregator, closing: signal } = this.#api
    const kind = kinds.find(resource)
    if (!kind) {
      const list = await listOfExtension(aggregator, resource, { options, user: this.#user, signal })
      if (list) return list
      throw notServed()
    }
    if (!kind.verbs.includes('list')) throw notAllowed()
    const { items, resourceVersion, continue: next } = await whenConverted(() => registry.list(kind, options))
    return {
      items: items as readonly T[],
      resourceVersion,
      ...(next === undefined ? {} : { continue: next }),
    }
  }

  async *watch<T extends KubernetesObject>(
    resource: Resource<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    const kind = this.#allow(resource, { verb: 'watch', ...options })
    const signal = AbortSignal.any([options.signal, this.#api.closing])
    const asked = { ...options, signal, allowBookmarks: true }
    const events = await whenConverted(() => this.#api.registry.watch(kind, asked))
    yield* events as AsyncIterable<WatchEvent<T>>
  }

  async create<T extends KubernetesObject>(
    resource: Resource<T>,
    draft: Draft<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const review = findReview(resource.group, resource.version, resource.plural)
    const { namespace } = draft.metadata
    if (review) {
      this.#authorize(resource, { verb: 'create', namespace })
      // A review answers in the shape that was asked.
      const asked = { review, user: this.#user, namespace: namespace ?? '', body: draft }
      return (await answerReview(this.#api, asked)) as T
    }
    const kind = this.#allow(resource, { verb: 'create', namespace })
    if (resource.namespaced && !namespace) {
      throw new StatusError('BadRequest', 'an empty namespace may not be set during creation')
    }
    const object = decode(kind, draft)
    const context = { ...this.#context(options), namespace }
    return (await this.#api.registry.create(kind, object, context)) as T
  }

  update<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#replace(resource, object, { ...options, subresource: '' })
  }

  updateStatus<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#replace(resource, object, { ...options, subresource: 'status' })
  }

  async #replace<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: WriteOptions & { subresource: string },
  ): Promise<T> {
    const { subresource } = options
    const { name, namespace } = object.metadata
    const kind = this.#allow(resource, { verb: 'update', name, namespace, subresource })
    const next = decode(kind, writtenPart(object, subresource))
    const context = { ...this.#context(options), subresource, change: () => next }
    return (await this.#api.registry.update(kind, object.metadata, context)) as T
  }

  async patch<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    body: unknown,
    options: PatchOptions,
  ): Promise<T> {
    const { subresource = '', type, force = false } = options
    const kind = this.#allow(resource, { verb: 'patch', ...key, subresource })
    if (subresource !== '' && subresource !== 'status' && !kind.parts?.[subresource]) {
      throw new StatusError('MethodNotAllowed', `in-process clients do not patch ${subresource}`)
    }
    const context = this.#context(options)
    const patch = patchChange(kind, {
      type,
      body,
      fieldManager: context.fieldManager,
      force,
      fieldValidation: 'Strict',
      subresource,
      ...key,
      now: () => this.#api.clock.now(),
      warn: () => undefined,
    })
    const { change } = guardedCreation(patch, () => this.#authorize(resource, { verb: 'create', ...key }))
    return (await this.#api.registry.update(kind, key, { ...context, subresource, ...change })) as T
  }

  async delete(resource: Resource, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const kind = this.#allow(resource, { verb: 'delete', ...key })
    await this.#api.registry.delete(kind, key, { ...this.#context({}), options })
  }

  async createSubresource(
    resource: Resource,
    key: ObjectKey,
    subresource: string,
    body: unknown,
  ): Promise<unknown> {
    const kind = this.#kindOf(resource)
    const verb = findSubresource(kind, 'update', subresource) ? 'update' : 'create'
    this.#authorize(resource, { verb, ...key, subresource })
    const found = findSubresource(kind, verb, subresource)
    if (!found) throw notServed()
    return answerSubresource(
      this.#api,
      { kind, name: subresource, subresource: found },
      { key, body, context: this.#context({}) },
    )
  }

  async getScale(resource: Resource, key: ObjectKey): Promise<Scale> {
    const kind = this.#allow(resource, { verb: 'get', ...key, subresource: 'scale' })
    if (!kind.scale) throw notServed()
    return toScale(kind, await whenConverted(() => this.#api.registry.get(kind, key)))
  }

  async updateScale(resource: Resource, key: ObjectKey, scale: Scale): Promise<Scale> {
    const kind = this.#allow(resource, { verb: 'update', ...key, subresource: 'scale' })
    if (!kind.scale) throw notServed()
    const updated = await this.#api.registry.update(kind, key, {
      ...this.#context({}),
      subresource: 'scale',
      change: (current) => fromScale(kind, current, scale),
    })
    return toScale(kind, updated)
  }

  #context({ fieldManager, dryRun }: WriteOptions): WriteContext {
    return {
      user: this.#user,
      fieldManager: fieldManager ?? this.#fieldManager,
      dryRun: dryRun ?? false,
    }
  }

  #authorize(resource: Resource, target: Target): void {
    const { verb, namespace = '', subresource = '', fieldSelector } = target
    const name = target.name ?? selectedName(fieldSelector ?? '')
    const { group, plural } = resource
    const attributes = { user: this.#user, verb, group, resource: plural, subresource, namespace, name }
    requireAllowed(this.#api.authorization, fieldSelector ? { ...attributes, fieldSelector } : attributes)
  }

  #kindOf(resource: Resource): Kind {
    const kind = this.#api.kinds.find(resource)
    if (!kind) throw notServed()
    return kind
  }

  #allow(resource: Resource, target: Target): Kind {
    this.#authorize(resource, target)
    const kind = this.#kindOf(resource)
    if (!target.subresource && !kind.verbs.includes(target.verb)) throw notAllowed()
    return kind
  }
}

// Of what such a client has read and hands back, a write of the status takes nothing but the status and metadata, and
// no writer of this process edits the record of who wrote what: what is not looked at need not be read either.
function writtenPart<T extends KubernetesObject>(object: T, subresource: string): object {
  const { managedFields: _managedFields, ...metadata } = object.metadata
  if (subresource !== 'status') return { ...object, metadata }
  // An object of any kind may have a spec; those without one have nothing to leave out.
  const { spec: _spec, ...rest } = object as T & { readonly spec?: unknown }
  return { ...rest, metadata }
}

function decode(kind: Kind, value: unknown): KubernetesObject {
  const { object } = decodeObject<KubernetesObject>(kind.schema, value, { fieldValidation: 'Strict' })
  return { ...object, apiVersion: groupVersionOf(kind.resource) }
}
