// Owns how Kubernetes objects lie in the store: keys, encoding, and one shared decoded copy of each version.
import { InternalError, StatusError } from '../../base/errors.ts'
import { isWithoutAbsent } from '../../base/json.ts'
import { isStoreError, type Change, type Entry, type Store } from '../../store/store.ts'
import { qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject, ObjectKey } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { whenConverted } from '../resources/unconverted.ts'
import { ObjectText, storedText } from './object-text.ts'

/** A change of one object; `previous` is the version before, with its own resourceVersion. */
export interface StoredChange {
  readonly revision: number
  /** The object as it is now; for a deletion as it last was, with the revision of the deletion. */
  readonly object: KubernetesObject
  readonly previous: KubernetesObject | undefined
  readonly deleted: boolean
}

export interface StoredList<T extends KubernetesObject = KubernetesObject> {
  readonly items: readonly T[]
  /** What each of them was read from, where it was not converted since. */
  readonly sources: readonly (Entry | undefined)[]
  readonly revision: number
  /** Where the next page starts; undefined at the end. */
  readonly nextKey: string | undefined
  readonly remaining: number
}

/** Reads and writes objects of any kind under one prefix. */
export class Storage {
  readonly #store: Store
  readonly #prefix: string
  /** What this turn's changes mean to those that watch a kind: the same for all of them. */
  readonly #changes = new Map<Change, { readonly kind: Kind; readonly stored: StoredChange }>()

  constructor(store: Store, prefix: string) {
    this.#store = store
    this.#prefix = prefix
  }

  get revision(): number {
    return this.#store.revision
  }

  /** @throws StatusError Timeout when no write has had this revision yet. */
  requireReached(revision: number): void {
    if (revision > this.revision) throw tooLarge(revision, this.revision)
  }

  /** Everything of a kind (in one namespace) has a key that starts with this. */
  prefixOf(kind: Kind, namespace?: string): string {
    const { group, plural, namespaced } = kind.storedAs?.resource ?? kind.resource
    const base = `${this.#prefix}${group || 'core'}/${plural}/`
    return namespace && namespaced ? `${base}${namespace}/` : base
  }

  keyOf(kind: Kind, { namespace, name }: ObjectKey): string {
    return this.prefixOf(kind, namespace) + name
  }

  /** The newest version, or undefined. */
  get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): T | undefined {
    const entry = this.#store.get(this.keyOf(kind, key))
    return entry && this.#decode(kind, entry)
  }

  /**
   * Objects of a kind in order of key.
   * @throws StatusError Expired when `revision` is no longer kept.
   */
  list<T extends KubernetesObject>(
    kind: Kind<T>,
    options: { namespace?: string; limit?: number; startKey?: string; revision?: number } = {},
  ): StoredList<T> {
    const { namespace, limit, startKey, revision } = options
    const result = guardExpired(() =>
      this.#store.range({
        prefix: this.prefixOf(kind, namespace),
        ...(startKey === undefined ? {} : { startKey }),
        ...(limit === undefined ? {} : { limit }),
        ...(revision === undefined ? {} : { revision }),
      }),
    )
    const last = result.entries.at(-1)
    // All that has to be converted is, at once.
    kind.storedAs?.requireConverted?.(result.entries.map((entry) => this.#stored(entry)))
    const items = result.entries.map((entry) => this.#decode(kind, entry))
    return {
      items,
      sources: result.entries.map((entry, index) => (entry.memo === items[index] ? entry : undefined)),
      revision: result.revision,
      // The smallest key after the last one returned.
      nextKey: result.remaining > 0 && last ? `${last.key}\0` : undefined,
      remaining: result.remaining,
    }
  }

  /**
   * Writes a new object.
   * @returns it with its resourceVersion.
   * @throws StatusError AlreadyExists when the name is taken.
   */
  async create<T extends KubernetesObject>(kind: Kind<T>, object: T): Promise<T> {
    const { name } = object.metadata
    try {
      return await this.#put(kind, object, 0)
    } catch (error) {
      if (!isStoreError(error, 'Conflict')) throw error
      const resource = qualifiedResource(kind.resource)
      throw new StatusError('AlreadyExists', `${resource} ${JSON.stringify(name)} already exists`, {
        name,
        ...(kind.resource.group ? { group: kind.resource.group } : {}),
        kind: kind.resource.plural,
      })
    }
  }

  /**
   * Writes a new version over `current`.
   * @throws StoreError Conflict when `current` is no longer the newest version.
   */
  replace<T extends KubernetesObject>(kind: Kind<T>, object: T, current: KubernetesObject): Promise<T> {
    return this.#put(kind, object, Number(current.metadata.resourceVersion))
  }

  /**
   * Removes the object if `current` is its newest version.
   * @throws StoreError Conflict otherwise.
   */
  async remove(kind: Kind, current: KubernetesObject): Promise<void> {
    const key = this.keyOf(kind, current.metadata)
    await this.#store.commit({
      compare: [{ key, modRevision: Number(current.metadata.resourceVersion) }],
      operations: [{ type: 'delete', key }],
    })
  }

  async #put<T extends KubernetesObject>(kind: Kind<T>, object: T, modRevision: number): Promise<T> {
    const key = this.keyOf(kind, object.metadata)
    const stored = kind.storedAs ? await kind.storedAs.encode(object) : object
    const revision = await this.#store.commit({
      compare: [{ key, modRevision }],
      operations: [{ type: 'put', key, value: bounded(storedText(stored)), memo: memoOf(stored) }],
    })
    const entry = this.#store.get(key)
    // Somebody may have written again between the commit and now: then the answer is what we wrote.
    if (entry?.modRevision === revision) {
      return kind.storedAs ? whenConverted(() => this.#decode(kind, entry)) : this.#decode(kind, entry)
    }
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
  }

  /**
   * Calls back for each change after `afterRevision`, in order; `onFailure` when one could not be converted, which ends
   * it.
   * @returns a function that ends it.
   * @throws StatusError Expired when that revision is no longer kept.
   */
  watch(
    kind: Kind,
    options: { namespace?: string; afterRevision: number },
    onChange: (change: StoredChange) => void,
    onFailure?: (error: unknown) => void,
  ): () => void {
    const deliver = kind.storedAs?.requireConverted
      ? inOrder(onChange, onFailure)
      : (read: () => StoredChange) => onChange(read())
    const prefix = this.prefixOf(kind, options.namespace)
    return guardExpired(() =>
      this.#store.watch({ prefix, fromRevision: options.afterRevision + 1 }, (commit) => {
        for (const change of commit.changes) deliver(this.#reader(kind, change, commit.revision))
      }),
    )
  }

  /** What a change means to a kind. What was stored is read at once; what is converted may be read later. */
  #reader(kind: Kind, change: Change, revision: number): () => StoredChange {
    const now = change.type === 'put' ? this.#stored(change.entry) : undefined
    const before = change.previous && this.#stored(change.previous)
    return () => {
      const known = this.#changes.get(change)
      if (known?.kind === kind) return known.stored
      const stored = storedChange(revision, now && view(kind, now), before && view(kind, before))
      if (this.#changes.size === 0) setImmediate(() => this.#changes.clear())
      this.#changes.set(change, { kind, stored })
      return stored
    }
  }

  #decode<T extends KubernetesObject>(kind: Kind<T>, entry: Entry): T {
    return view(kind, this.#stored(entry))
  }

  #stored(entry: Entry): KubernetesObject {
    // Only this class reads what is under its prefix.
    return (entry.memo ??= parseEntry(entry)) as KubernetesObject
  }

  /** The text that an object was read from; undefined when it was made, converted or written again since. */
  textOf(kind: Kind, object: KubernetesObject): ObjectText | undefined {
    const entry = this.#store.get(this.keyOf(kind, object.metadata))
    return entry?.memo === object ? ObjectText.of(entry) : undefined
  }
}

function view<T extends KubernetesObject>(kind: Kind<T>, object: KubernetesObject): T {
  // Only objects of the kind are stored under its prefix.
  return kind.storedAs?.decode(object) ?? (object as T)
}

function storedChange(
  revision: number,
  now: KubernetesObject | undefined,
  previous: KubernetesObject | undefined,
): StoredChange {
  if (now) return { revision, object: now, previous, deleted: false }
  if (!previous) throw new InternalError('a change is of an object that is or was')
  const metadata = { ...previous.metadata, resourceVersion: String(revision) }
  return { revision, object: { ...previous, metadata }, previous, deleted: true }
}

/** Calls back with what can be read only after a conversion, in the order in which it came. */
function inOrder(
  onChange: (change: StoredChange) => void,
  onFailure: (error: unknown) => void = () => undefined,
): (read: () => StoredChange) => void {
  let last = Promise.resolve()
  let failed = false
  return (read) => {
    last = last.then(async () => {
      if (failed) return
      try {
        onChange(await whenConverted(read))
      } catch (error) {
        failed = true
        onFailure(error)
      }
    })
  }
}

// etcd --max-request-bytes, in etcd's words.
const MAXIMUM_OBJECT_BYTES = 1.5 * 1024 * 1024

function bounded(text: string): string {
  // No character has fewer bytes than one, and none more than three.
  const isLarge = text.length * 3 > MAXIMUM_OBJECT_BYTES && Buffer.byteLength(text) > MAXIMUM_OBJECT_BYTES
  if (isLarge) throw new StatusError('Unknown', 'etcdserver: request is too large')
  return text
}

// What was written is what would be read, unless members are absent by being undefined: those the text has not.
function memoOf(object: KubernetesObject): ((revision: number) => KubernetesObject) | undefined {
  if (!isWithoutAbsent(object)) return undefined
  const { kind, apiVersion, metadata, ...rest } = object
  const { resourceVersion: _resourceVersion, ...kept } = metadata
  return (revision) => ({
    kind,
    apiVersion,
    metadata: { ...kept, resourceVersion: String(revision) },
    ...rest,
  })
}

function parseEntry({ key, value, modRevision }: Entry): KubernetesObject {
  try {
    // Only #put writes under this prefix, and it writes objects.
    const parsed = JSON.parse(value) as KubernetesObject
    return { ...parsed, metadata: { ...parsed.metadata, resourceVersion: String(modRevision) } }
  } catch {
    // No source has a text for this; the key tells which record of the store is damaged.
    const text = `Internal error occurred: the stored object ${key} is damaged and cannot be read`
    throw new StatusError('InternalError', text)
  }
}

function guardExpired<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isStoreError(error, 'Compacted')) {
      throw new StatusError('Expired', 'The resourceVersion for the provided list is too old.')
    }
    if (isStoreError(error, 'FutureRevision')) {
      throw tooLarge()
    }
    throw error
  }
}

// apiserver pkg/storage/errors.go NewTooLargeResourceVersionError.
function tooLarge(wanted?: number, current?: number): StatusError {
  const figures = wanted === undefined ? '' : `: ${wanted}, current: ${current}`
  return new StatusError('Timeout', `Timeout: Too large resource version${figures}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}
