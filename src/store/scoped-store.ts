// Owns a store within a store: everything under one prefix, for owners that know nothing of each other.
import type { Change, Entry, Operation, Store } from './store.ts'

/**
 * The part of a store whose keys start with `prefix`, which they lose here. Revisions are those of the whole store;
 * `close` does nothing, as the whole belongs to somebody else. A key is in one such part at most.
 */
export function scopedStore(store: Store, prefix: string): Store {
  const outer = (key: string): string => prefix + key
  const inner = (entry: Entry): Entry => (entry.view ??= new EntryView(entry, prefix.length))
  const innerChange = (change: Change): Change => {
    const previous = change.previous && inner(change.previous)
    // The type of a change says whether there was something before; stripping a key alters nothing of that.
    return change.type === 'put'
      ? { ...change, entry: inner(change.entry), previous }
      : { ...change, key: change.key.slice(prefix.length), previous: inner(change.previous) }
  }
  return {
    get revision() {
      return store.revision
    },
    get compactedRevision() {
      return store.compactedRevision
    },
    get writeFailure() {
      return store.writeFailure
    },
    get(key) {
      const entry = store.get(outer(key))
      return entry && inner(entry)
    },
    range({ prefix: wanted, startKey, ...options }) {
      const start = startKey === undefined ? {} : { startKey: outer(startKey) }
      const found = store.range({ ...options, prefix: outer(wanted), ...start })
      return { ...found, entries: found.entries.map(inner) }
    },
    commit({ compare, operations }) {
      return store.commit({
        ...(compare ? { compare: compare.map((each) => ({ ...each, key: outer(each.key) })) } : {}),
        operations: operations.map((each): Operation => ({ ...each, key: outer(each.key) })),
      })
    },
    transact: (body) =>
      store.transact((writer) =>
        body({
          put: (key, value) => writer.put(outer(key), value),
          delete: (key) => writer.delete(outer(key)),
        }),
      ),
    watch({ prefix: wanted, ...options }, onCommit) {
      return store.watch({ ...options, prefix: outer(wanted) }, ({ revision, changes }) =>
        onCommit({ revision, changes: changes.map(innerChange) }),
      )
    },
    compact: (revision) => store.compact(revision),
    close: async () => undefined,
  }
}

/** An entry under a shorter key. What its reader has made of it is kept, and forgotten, with the entry itself. */
class EntryView implements Entry {
  readonly key: string
  readonly value: string
  readonly createRevision: number
  readonly modRevision: number
  view: Entry | undefined = undefined
  readonly #entry: Entry

  constructor(entry: Entry, prefixLength: number) {
    this.key = entry.key.slice(prefixLength)
    this.value = entry.value
    this.createRevision = entry.createRevision
    this.modRevision = entry.modRevision
    this.#entry = entry
  }

  get memo(): unknown {
    return this.#entry.memo
  }

  set memo(made: unknown) {
    this.#entry.memo = made
  }
}
