// Owns the live copy of one resource: list, then watch from there, again from where it broke, anew when too old.
import { isExpired } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { KubernetesClient, KubernetesObject, Resource, WatchEvent } from '../kubernetes/client/client.ts'
import { keyOf, type Informer, type Source } from './controller.ts'
import { ObjectCache } from './object-cache.ts'
import type { SyncGate } from './sync-gate.ts'

const FIRST_BACK_OFF_MS = 50
const LAST_BACK_OFF_MS = 30_000

type Handler<T> = (change: { readonly before?: T; readonly after?: T }) => void

export interface InformerOptions {
  readonly client: KubernetesClient
  readonly clock: Clock
  readonly log: Log
  /** Shared with the other informers that controllers rely on at the same time. */
  readonly gate: SyncGate
}

/** An informer that runs until the signal given to `run` aborts. */
export class SharedInformer<T extends KubernetesObject> implements Informer<T> {
  readonly #resource: Resource<T>
  readonly #options: InformerOptions
  readonly #log: Log
  readonly #cache = new ObjectCache<T>()
  readonly #handlers = new Set<Handler<T>>()
  readonly #markSynced: () => void
  #synced = false
  /** Where the next watch starts; undefined when a list has to come first. */
  #resourceVersion: string | undefined
  #backOffMs = FIRST_BACK_OFF_MS

  constructor(resource: Resource<T>, options: InformerOptions) {
    this.#resource = resource
    this.#options = options
    this.#log = options.log.with({ informer: resource.plural })
    this.#markSynced = options.gate.expect()
  }

  get synced(): boolean {
    return this.#synced
  }

  get(key: string): T | undefined {
    return this.#cache.get(key)
  }

  list(namespace?: string): readonly T[] {
    return this.#cache.list(namespace)
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.#cache.byIndex(index, value)
  }

  addIndex(index: string, valuesOf: (object: T) => readonly string[]): void {
    this.#cache.addIndex(index, valuesOf)
  }

  onChange(handler: Handler<T>): () => void {
    // Wrapped, so that the same function can be registered twice.
    const own: Handler<T> = (change) => handler(change)
    this.#handlers.add(own)
    return () => void this.#handlers.delete(own)
  }

  source(keysOf: (object: T) => readonly string[] = (object) => [keyOf(object)]): Source {
    return {
      subscribe: (enqueue) => {
        const wake = (object: T | undefined): void => {
          if (object) keysOf(object).forEach(enqueue)
        }
        let end: (() => void) | undefined
        const cancel = this.#options.gate.whenOpen(() => {
          end = this.onChange(({ before, after }) => {
            wake(before)
            wake(after)
          })
          this.list().forEach(wake)
        })
        return () => {
          cancel()
          end?.()
        }
      },
    }
  }

  /** Keeps the copy current until the signal aborts; nothing waits for its list then. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#follow(signal)
    this.#sync()
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#resourceVersion ??= await this.#relist()
        await this.#watch(this.#resourceVersion, signal)
      } catch (error) {
        if (signal.aborted) return
        if (isExpired(error)) {
          this.#resourceVersion = undefined
          continue
        }
        this.#log.warn('watch failed', { error, retryMs: this.#backOffMs })
      }
      if (!signal.aborted) await this.#pause(signal)
    }
  }

  async #relist(): Promise<string> {
    const seen = new Set<string>()
    const objects: T[] = []
    let page = await this.#options.client.list(this.#resource)
    objects.push(...page.items)
    while (page.continue) {
      page = await this.#options.client.list(this.#resource, { continue: page.continue })
      objects.push(...page.items)
    }
    for (const object of objects) {
      seen.add(keyOf(object))
      this.#put(object)
    }
    for (const key of this.#cache.keys()) if (!seen.has(key)) this.#remove(key)
    this.#sync()
    return page.resourceVersion
  }

  #sync(): void {
    if (this.#synced) return
    this.#synced = true
    this.#markSynced()
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    for await (const event of this.#options.client.watch(this.#resource, { resourceVersion, signal })) {
      this.#apply(event)
      this.#resourceVersion = event.object.metadata.resourceVersion
      this.#backOffMs = FIRST_BACK_OFF_MS
    }
  }

  #apply({ type, object }: WatchEvent<T>): void {
    if (type === 'BOOKMARK') return
    if (type === 'DELETED') this.#remove(keyOf(object), object)
    else this.#put(object)
  }

  #put(object: T): void {
    const before = this.#cache.get(keyOf(object))
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) return
    // A relist can show a successor of the same name: to handlers that is one object gone and another one come.
    if (before && before.metadata.uid !== object.metadata.uid) {
      this.#remove(keyOf(object))
      this.#cache.put(object)
      this.#tell({ after: object })
      return
    }
    this.#cache.put(object)
    this.#tell(before ? { before, after: object } : { after: object })
  }

  /** @param last the final state, when a watch has told it */
  #remove(key: string, last?: T): void {
    const before = this.#cache.delete(key)
    if (before) this.#tell({ before: last ?? before })
  }

  #tell(change: { readonly before?: T; readonly after?: T }): void {
    for (const handler of this.#handlers) {
      try {
        handler(change)
      } catch (error) {
        this.#log.error('informer handler failed', { error })
      }
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const delayMs = this.#backOffMs
    this.#backOffMs = Math.min(delayMs * 2, LAST_BACK_OFF_MS)
    await this.#options.clock.sleep(delayMs, signal).catch(() => undefined)
  }
}
