// Owns typed collections in the store: how AWS services and the region keep their records.
import { isStoreError, type Entry, type Operation, type Store } from './store.ts'

export interface Row<T> {
  readonly key: string
  readonly value: T
  readonly revision: number
}

export type RowChange<T> =
  | { readonly type: 'put'; readonly key: string; readonly value: T }
  | { readonly type: 'delete'; readonly key: string; readonly value: T }

/** Records of one type under one prefix, keyed by a path such as `my-cluster/my-profile`. Values are immutable. */
export class Table<T> {
  readonly #store: Store
  readonly #prefix: string

  constructor(store: Store, name: string) {
    this.#store = store
    this.#prefix = `/${name}/`
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

  rows(keyPrefix = ''): Row<T>[] {
    const { entries } = this.#store.range({ prefix: this.#prefix + keyPrefix })
    return entries.map((entry) => ({
      key: entry.key.slice(this.#prefix.length),
      value: parse<T>(entry),
      revision: entry.modRevision,
    }))
  }

  /** Adds a record. @returns false when the key is taken. */
  async create(key: string, value: T): Promise<boolean> {
    const fullKey = this.#prefix + key
    try {
      await this.#store.commit({
        compare: [{ key: fullKey, modRevision: 0 }],
        operations: [{ type: 'put', key: fullKey, value: JSON.stringify(value) }],
      })
      return true
    } catch (error) {
      if (isStoreError(error, 'Conflict')) return false
      throw error
    }
  }

  /** The write of a record as one operation of a transaction that spans tables of the same store. */
  putting(key: string, value: T): Operation {
    return { type: 'put', key: this.#prefix + key, value: JSON.stringify(value) }
  }

  /** Writes a record whatever was there. */
  async put(key: string, value: T): Promise<void> {
    await this.#store.commit({
      operations: [{ type: 'put', key: this.#prefix + key, value: JSON.stringify(value) }],
    })
  }

  /**
   * Replaces a record by `change(current)`, again and again until nobody interferes.
   * @returns the new record; undefined when there is none, or the unchanged one when `change` returns undefined.
   */
  async update(key: string, change: (current: T) => T | undefined): Promise<T | undefined> {
    const fullKey = this.#prefix + key
    for (;;) {
      const entry = this.#store.get(fullKey)
      if (!entry) return undefined
      const current = parse<T>(entry)
      const next = change(current)
      if (next === undefined) return current
      try {
        await this.#store.commit({
          compare: [{ key: fullKey, modRevision: entry.modRevision }],
          operations: [{ type: 'put', key: fullKey, value: JSON.stringify(next) }],
        })
        return next
      } catch (error) {
        if (!isStoreError(error, 'Conflict')) throw error
      }
    }
  }

  /** Removes a record; no error when it is not there. */
  async delete(key: string): Promise<void> {
    await this.#store.commit({ operations: [{ type: 'delete', key: this.#prefix + key }] })
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

function parse<T>(entry: Entry): T {
  // Only this class writes under its prefix, and it writes T.
  return JSON.parse(entry.value) as T
}
