// Owns the layout of an object's text in the store, so that answers are cut out of it instead of being written again.
import type { Entry } from '../../store/store.ts'
import type { KubernetesObject } from '../client/client.ts'
import { entryText } from '../schema/managed-fields.ts'

/** An object as it is stored: what it is and its metadata come first. Its version is that of the entry. */
export function storedText({ kind, apiVersion, metadata, ...rest }: KubernetesObject): string {
  const { resourceVersion: _resourceVersion, ...kept } = metadata
  const { managedFields = [] } = kept
  if (managedFields.length === 0) return JSON.stringify({ kind, apiVersion, metadata: kept, ...rest })
  // The longest part of most objects, and the same in all that are made alike.
  const record = managedFields.map(entryText).join(',')
  const others = { ...kept, managedFields: undefined }
  const head = JSON.stringify({ kind, apiVersion, metadata: others }).slice(0, -2)
  const tail = JSON.stringify(rest).slice(1)
  return `${head},"managedFields":[${record}]}${tail === '}' ? '' : ','}${tail}`
}

// Metadata is never empty: every object has a name. Sticky: where it ends is told without a copy of what was found.
const HEAD = /\{"kind":"[^"\\]*","apiVersion":"[^"\\]*","metadata":\{(?=")/y

/** JSON in pieces, in order: what is stored is not copied to be put together. */
export type Pieces = readonly string[]

// Those of ObjectMeta and of its managed fields, but for the fields that these name: each has a colon.
const BELOW_METADATA: ReadonlySet<string> = new Set(
  (
    'name generateName namespace selfLink uid generation creationTimestamp deletionTimestamp ' +
    'deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields ' +
    'manager operation time fieldsType subresource'
  ).split(' '),
)

/** JSON of one stored object, with its resourceVersion. */
export class ObjectText {
  readonly #entry: Entry
  /** Where the fields of the metadata begin. */
  readonly #fieldsAt: number

  private constructor(entry: Entry, fieldsAt: number) {
    this.#entry = entry
    this.#fieldsAt = fieldsAt
  }

  /** The text of an entry; undefined when it is laid out in another way, as by an older program. */
  static of(entry: Entry): ObjectText | undefined {
    HEAD.lastIndex = 0
    return HEAD.test(entry.value) ? new ObjectText(entry, HEAD.lastIndex) : undefined
  }

  /** All of it. */
  get whole(): Pieces {
    const { value } = this.#entry
    return [value.slice(0, this.#fieldsAt), this.#version, value.slice(this.#fieldsAt)]
  }

  /** Without kind and apiVersion, as in a list. */
  get item(): Pieces {
    return [`{"metadata":{${this.#version}`, this.#entry.value.slice(this.#fieldsAt)]
  }

  /** @param object what was read from this text: it tells what comes behind the metadata */
  metadataOf(object: KubernetesObject): Pieces {
    return [`{${this.#version}`, this.#entry.value.slice(this.#fieldsAt, this.#endOf(object))]
  }

  #endOf(object: KubernetesObject): number {
    const { value } = this.#entry
    const next = firstBehindMetadata(object)
    if (next === undefined) return value.length - 1
    // Quotes in strings are escaped: only a key can look like this, and of the keys below metadata these are all.
    if (/^[A-Za-z]+$/.test(next) && !BELOW_METADATA.has(next)) {
      return value.indexOf(`},"${next}":`, this.#fieldsAt) + 1
    }
    const { resourceVersion: _resourceVersion, ...kept } = object.metadata
    // As long as it was when it was written, in whatever order its fields were read. The brace is counted already.
    return this.#fieldsAt - 1 + JSON.stringify(kept).length
  }

  get #version(): string {
    return `"resourceVersion":"${this.#entry.modRevision}",`
  }
}

function firstBehindMetadata(object: KubernetesObject): string | undefined {
  for (const key in object) {
    if (key !== 'kind' && key !== 'apiVersion' && key !== 'metadata') return key
  }
  return undefined
}
