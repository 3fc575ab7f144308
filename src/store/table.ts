// Owns typed collections in the store: how AWS services and the region keep their records.
import { decodeEntry } from './decode.ts'
import { StoreError, type Entry, type Store, type Writer } from './store.ts'

export interface Row<T> {
  readonly key: string
  readonly value: T
  readonly revision: number
}

export type RowChange<T> =
  | { readonly type: 'put'; readonly key: string; readonly value: T }
  | { readonly type: 'delete'; readonly key: string; readonly value: T }

export interface TableOptions<T, Index extends string> {
  /** Keys that no two records share: by the name of the index, the key of a record, or several, if it has any. */
  readonly unique?: Readonly<Record<Index, UniqueKeysOf<T>>>
}

type UniqueKeysOf<T> = (record: T) => string | readonly string[] | undefined

/**
 * Records of one type under one prefix, keyed by a path such as `my-cluster/my-profile`. Values are immutable.
 *
 * Unique keys are claimed, changed and given back by the same commit that writes the record, whichever method wrote
 * it. A request that reads and then writes, or writes several records, is one `transact` of the store: inside of its
 * body every table reads what the transaction sees, and `putIn`, `updateIn` and `deleteIn` write what belongs to it.
 */
export class Table<T, Index extends string = never> {
  readonly #store: Store
  readonly #prefix: string
  readonly #claimPrefix: string
  readonly #unique: readonly [string, UniqueKeysOf<T>][]

  constructor(store: Store, name: string, { unique }: TableOptions<T, Index> = {}) {
    this.#store = store
    this.#prefix = `/${name}/`
    this.#claimPrefix = `/unique/${name}/`
    this.#unique = Object.entries(unique ?? {})
  }

  get(key: string): T | undefined {
    const entry = this.#store.get(this.#prefix + key)
    return entry && parse<T>(entry)
  }

  has(key: string): boolean {
    return this.#store.get(this.#prefix + key) !== undefined
  }

  /** All records whose key starts with `keyPrefix`, in order of key. */
  list(keyPrefix = ''): T[] {
    return this.rows(keyPrefix).map((row) => row.value)
  }

  /** All records in the order in which they were made; those of one commit in order of key. */
  listByAge(keyPrefix = ''): T[] {
    const { entries } = this.#store.range({ prefix: this.#prefix + keyPrefix })
    return entries.toSorted((a, b) => a.createRevision - b.createRevision).map((entry) => parse<T>(entry))
  }

  rows(keyPrefix = ''): Row<T>[] {
    const { entries } = this.#store.range({ prefix: this.#prefix + keyPrefix })
    return entries.map((entry) => ({
      key: entry.key.slice(this.#prefix.length),
      value: parse<T>(entry),
      revision: entry.modRevision,
    }))
  }

  /** The record that has this unique key. */
  find(index: Index, uniqueKey: string): T | undefined {
    const claim = this.#store.get(this.#claim(index, uniqueKey))
    return claim && this.get(claim.value)
  }

  /** True when a record has this unique key. */
  isClaimed(index: Index, uniqueKey: string): boolean {
    return this.#store.get(this.#claim(index, uniqueKey)) !== undefined
  }

  /** The unique keys with this prefix that records have, in order. */
  claimed(index: Index, keyPrefix = ''): string[] {
    const prefix = this.#claim(index, '')
    const { entries } = this.#store.range({ prefix: prefix + keyPrefix })
    return entries.map(({ key }) => key.slice(prefix.length))
  }

  #claim(index: string, uniqueKey: string): string {
    return `${this.#claimPrefix}${index}/${uniqueKey}`
  }

  /**
   * Adds a record.
   * @returns false when the key is taken
   * @throws StoreError `Duplicate` when another record has one of its unique keys
   */
  async create(key: string, value: T): Promise<boolean> {
    return await this.#store.transact((tx) => {
      if (this.has(key)) return false
      this.putIn(tx, key, value)
      return true
    })
  }

  /** Writes a record whatever was there. @throws StoreError `Duplicate` */
  async put(key: string, value: T): Promise<void> {
    await this.#store.transact((tx) => this.putIn(tx, key, value))
  }

  /**
   * Replaces a record by `change(current)`; nobody interferes.
   * @returns the new record; undefined when there is none, or the unchanged one when `change` returns undefined
   * @throws what `change` throws; StoreError `Duplicate`
   */
  async update(key: string, change: (current: T) => T | undefined): Promise<T | undefined> {
    return await this.#store.transact((tx) => this.updateIn(tx, key, change))
  }

  /** Removes a record; no error when it is not there. */
  async delete(key: string): Promise<void> {
    await this.#store.transact((tx) => this.deleteIn(tx, key))
  }

  /** Writes a record as part of a transaction. @throws StoreError `Duplicate` */
  putIn(tx: Writer, key: string, value: T): void {
    this.#moveClaims(tx, key, value)
    tx.put(this.#prefix + key, JSON.stringify(value))
  }

  /** Does what `update` does as part of a transaction. */
  updateIn(tx: Writer, key: string, change: (current: T) => T | undefined): T | undefined {
    const current = this.get(key)
    if (current === undefined) return undefined
    const next = change(current)
    if (next === undefined) return current
    this.putIn(tx, key, next)
    return next
  }

  /** Removes a record as part of a transaction. @returns what it was; undefined when it was not there */
  deleteIn(tx: Writer, key: string): T | undefined {
    const current = this.get(key)
    if (current === undefined) return undefined
    this.#moveClaims(tx, key, undefined)
    tx.delete(this.#prefix + key)
    return current
  }

  #moveClaims(tx: Writer, key: string, next: T | undefined): void {
    if (this.#unique.length === 0) return
    const current = this.get(key)
    for (const [index, uniqueKeysOf] of this.#unique) {
      const before = keySet(current === undefined ? undefined : uniqueKeysOf(current))
      const after = keySet(next === undefined ? undefined : uniqueKeysOf(next))
      for (const given of before) if (!after.has(given)) tx.delete(this.#claim(index, given))
      for (const taken of after) {
        if (before.has(taken)) continue
        this.#mustBeFree(index, taken, key)
        tx.put(this.#claim(index, taken), key)
      }
    }
  }

  #mustBeFree(index: string, uniqueKey: string, key: string): void {
    const holder = this.#store.get(this.#claim(index, uniqueKey))
    if (!holder) return
    throw new StoreError(
      'Duplicate',
      `${this.#prefix}${key}: ${index} ${uniqueKey} belongs to ${holder.value}`,
    )
  }

  /** Calls `onChange` for every change from now on. @returns a function that ends the watch. */
  watch(onChange: (change: RowChange<T>) => void): () => void {
    return this.#store.watch({ prefix: this.#prefix }, (commit) => {
      for (const change of commit.changes) {
        if (change.type === 'put') {
          onChange({
            type: 'put',
            key: change.entry.key.slice(this.#prefix.length),
            value: parse<T>(change.entry),
          })
        } else {
          onChange({
            type: 'delete',
            key: change.key.slice(this.#prefix.length),
            value: parse<T>(change.previous),
          })
        }
      }
    })
  }
}

function keySet(keys: string | readonly string[] | undefined): ReadonlySet<string> {
  return new Set(typeof keys === 'string' ? [keys] : keys)
}

// Entries are immutable and so are records: each version is read once, however often it is listed.
function parse<T>(entry: Entry): T {
  // Only this class reads and writes under its prefix, and it writes T.
  return (entry.memo ??= decodeEntry(entry)) as T
}
