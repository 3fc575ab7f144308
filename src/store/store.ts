// Owns the contract of the keyspace that everything durable lives in: ordered keys, one revision, watch.

/** One key at one revision. */
export interface Entry {
  readonly key: string
  /** What was written, verbatim; JSON text by convention. */
  readonly value: string
  /** Revision of the commit that created the key. */
  readonly createRevision: number
  /** Revision of the commit that last wrote it. */
  readonly modRevision: number
  /**
   * What the reader of the key has made of the value, so that it is made once. Forgotten, after the watches have been
   * told, when the key is written again: old versions are read seldom, and would be in memory twice.
   */
  memo?: unknown
  /** How the part of the store that has the key sees this: made when it is read there first. */
  view?: Entry | undefined
}

/** What must hold for a transaction to be applied: the key's modRevision, 0 for "does not exist". */
export interface Comparison {
  readonly key: string
  readonly modRevision: number
}

export type Operation =
  | {
      readonly type: 'put'
      readonly key: string
      readonly value: string
      /** What a reader would make of the value at this revision, where the writer has it at hand. */
      readonly memo?: ((revision: number) => unknown) | undefined
    }
  | { readonly type: 'delete'; readonly key: string }

export interface Transaction {
  readonly compare?: readonly Comparison[]
  readonly operations: readonly Operation[]
}

/** The writes of a transaction whose body is running; nobody else sees them before it has ended. */
export interface Writer {
  put(key: string, value: string): void
  delete(key: string): void
}

export interface RangeOptions {
  /** Keys that start with this. */
  readonly prefix: string
  /** First key to return, inclusive; the prefix itself by default. */
  readonly startKey?: string
  /** At most so many entries; all by default. */
  readonly limit?: number
  /** Read as of this revision; the newest by default. */
  readonly revision?: number
}

export interface RangeResult {
  readonly entries: readonly Entry[]
  /** The revision that was read. */
  readonly revision: number
  /** Entries in the range beyond `limit`. */
  readonly remaining: number
}

export type Change =
  | { readonly type: 'put'; readonly entry: Entry; readonly previous: Entry | undefined }
  | { readonly type: 'delete'; readonly key: string; readonly revision: number; readonly previous: Entry }

/** All changes of one commit that match a watch, in the order of the transaction. */
export interface Commit {
  readonly revision: number
  readonly changes: readonly Change[]
}

export interface WatchOptions {
  readonly prefix: string
  /** First revision to deliver; the one after the newest by default. */
  readonly fromRevision?: number
}

/**
 * A revisioned, ordered, durable keyspace.
 *
 * Reads are synchronous and, outside of a transaction's body, see only what is on disk. `commit` evaluates its comparisons against
 * everything accepted so far, durable or not, resolves once the transaction is on disk (group commit), and
 * rejects a failed comparison only after what it lost against is readable, so that read-and-retry loops advance.
 */
export interface Store {
  /** Revision of the newest durable commit; 0 for an empty store. */
  readonly revision: number
  /** Oldest revision that `range` and `watch` still know. */
  readonly compactedRevision: number
  /** Why nothing can be written at present, e.g. a full disk; undefined when all is well. Reads go on. */
  readonly writeFailure: StoreError | undefined
  get(key: string): Entry | undefined
  /** @throws StoreError `Compacted` or `FutureRevision` when the revision asked for is not there. */
  range(options: RangeOptions): RangeResult
  /**
   * Applies all operations at one new revision, or none.
   * @returns the revision; the current one when nothing changed (deleting what is not there).
   * @throws StoreError `Conflict` when a comparison fails, `Closed` after `close`, `Unwritable` when the disk refuses:
   * then nothing of the transaction is kept, and later ones are refused until it takes writes again.
   */
  commit(transaction: Transaction): Promise<number>
  /**
   * Runs `body` as one transaction: whatever `get` and `range` tell it is everything accepted so far with the
   * body's own writes on top, and its writes are applied at one new revision, or none when it throws.
   *
   * Transactions are serializable by construction: the body runs to its end in one turn, nothing can be accepted
   * while it runs, and so nothing that it read (single keys, ranges, absences) can change before its writes are
   * accepted. That is why it must not wait for anything. Its result, thrown errors included, is handed out only
   * once everything that it may have been judged by is on disk.
   * @returns what the body returned
   * @throws what the body threw; StoreError `Closed` or `Unwritable`; InternalError for a body that returns a promise
   */
  transact<T>(body: (writer: Writer) => T): Promise<T>
  /**
   * Calls `onCommit` for each commit that touches the prefix, in order, without gaps, starting in a later turn.
   * @returns a function that ends the watch.
   * @throws StoreError `Compacted` when `fromRevision` is older than what is kept.
   */
  watch(options: WatchOptions, onCommit: (commit: Commit) => void): () => void
  /** Forgets superseded values older than `revision`. */
  compact(revision: number): Promise<void>
  /** Resolves once everything accepted is on disk and the file is closed. */
  close(): Promise<void>
}

export type StoreErrorCode =
  | 'Conflict'
  | 'Duplicate'
  | 'Compacted'
  | 'FutureRevision'
  | 'Closed'
  | 'Locked'
  | 'Unwritable'
  | 'Corrupt'

/** The closed set of failures of a store. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** True for a store error with this code. */
export function isStoreError(error: unknown, code: StoreErrorCode): boolean {
  return error instanceof StoreError && error.code === code
}
