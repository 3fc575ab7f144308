// Owns the one implementation of Store: versions in memory over a journal, with group commit.
import { InternalError } from '../base/errors.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Journal } from './journal.ts'
import { keyOfChange, type DroppedVersion, type Keyspace } from './keyspace.ts'
import { OpenWrites, overlay } from './open-writes.ts'
import {
  StoreError,
  type Change,
  type Commit,
  type Entry,
  type Operation,
  type RangeOptions,
  type RangeResult,
  type Store,
  type Transaction,
  type WatchOptions,
  type Writer,
} from './store.ts'
import { Watchers } from './watchers.ts'

/** A caller that waits for the batch it belongs to. */
interface Waiter {
  settle(failure: unknown): void
}

// Rows that one journal transaction removes; a few milliseconds of work.
const COMPACTION_PART = 500

/** What a key holds once everything accepted is on disk; no entry means deleted. */
interface Accepted {
  readonly revision: number
  readonly entry: Entry | undefined
}

// How soon a store that cannot write looks whether it can again.
const RECOVERY_MS = 1_000

export interface JournaledStoreOptions {
  readonly log: Log
  readonly clock: Clock
}

interface Batch {
  readonly commits: Commit[]
  readonly waiters: Waiter[]
}

/** A store whose reads come from memory and whose commits share the journal's syncs. */
export class JournaledStore implements Store {
  readonly #keyspace: Keyspace
  readonly #journal: Journal
  readonly #watchers: Watchers
  readonly #log: Log
  readonly #clock: Clock
  /** What accepted commits that are not durable yet have made of a key. */
  readonly #accepted = new Map<string, Accepted>()
  #acceptedRevision: number
  #batch: Batch = { commits: [], waiters: [] }
  /** The end of the last journal call; everything that touches the journal queues behind it. */
  #tail: Promise<void> = Promise.resolve()
  #flushQueued = false
  /** The writes of the transaction whose body is running. */
  #open: OpenWrites | undefined
  #failure: StoreError | undefined
  #recovery: Timer | undefined
  /** Versions that the keyspace has forgotten and the journal still has. */
  #dropped: readonly DroppedVersion[] = []
  #closed: StoreError | undefined
  #closing: Promise<void> | undefined

  constructor(keyspace: Keyspace, journal: Journal, { log, clock }: JournaledStoreOptions) {
    this.#keyspace = keyspace
    this.#journal = journal
    this.#log = log
    this.#clock = clock
    this.#acceptedRevision = keyspace.revision
    this.#watchers = new Watchers((revision) => keyspace.commitsFrom(revision), log)
  }

  get revision(): number {
    return this.#keyspace.revision
  }

  get compactedRevision(): number {
    return this.#keyspace.compactedRevision
  }

  get writeFailure(): StoreError | undefined {
    return this.#failure
  }

  get(key: string): Entry | undefined {
    return this.#open ? this.#open.get(key) : this.#keyspace.get(key)
  }

  range(options: RangeOptions): RangeResult {
    if (!this.#open || options.revision !== undefined) return this.#keyspace.range(options)
    const { limit = Infinity, ...unlimited } = options
    const durable = this.#keyspace.range(unlimited)
    const accepted = new Map([...this.#accepted].map(([key, { entry }]) => [key, entry]))
    const entries = overlay(durable.entries, [accepted, this.#open.entries], options)
    return {
      entries: entries.slice(0, limit),
      revision: durable.revision,
      remaining: Math.max(0, entries.length - limit),
    }
  }

  commit(transaction: Transaction): Promise<number> {
    this.#mustBeOutside()
    const refusal = this.#refusal()
    if (refusal) return Promise.reject(refusal)
    const lost = transaction.compare?.find(({ key, modRevision }) => this.#modRevision(key) !== modRevision)
    if (lost) {
      const found = this.#modRevision(lost.key)
      const message = `${lost.key} is at revision ${found}, not ${lost.modRevision}`
      return this.#afterBatch().then(() => Promise.reject(new StoreError('Conflict', message)))
    }
    const revision = this.#accept(transaction.operations)
    return this.#afterBatch().then(() => revision)
  }

  transact<T>(body: (writer: Writer) => T): Promise<T> {
    this.#mustBeOutside()
    const refusal = this.#refusal()
    if (refusal) return Promise.reject(refusal)
    const open = new OpenWrites(this.#acceptedRevision + 1, (key) => this.#newest(key))
    this.#open = open
    try {
      const result = body(open)
      if (isPromiseLike(result)) throw new InternalError('the body of a transaction has to end in its turn')
      this.#accept(open.close())
      return this.#afterBatch().then(() => result)
    } catch (error) {
      open.close()
      return this.#afterBatch().then(() => Promise.reject(error as Error))
    } finally {
      this.#open = undefined
    }
  }

  // A write of its own inside of a body would be accepted even if the body throws, and not be seen by it.
  #mustBeOutside(): void {
    if (this.#open) throw new InternalError('a transaction cannot be begun in the body of another')
  }

  #modRevision(key: string): number {
    return this.#newest(key)?.modRevision ?? 0
  }

  #newest(key: string): Entry | undefined {
    const accepted = this.#accepted.get(key)
    return accepted ? accepted.entry : this.#keyspace.get(key)
  }

  #accept(operations: readonly Operation[]): number {
    const revision = this.#acceptedRevision + 1
    const changes = lastPerKey(operations).flatMap((operation): Change[] => {
      const previous = this.#newest(operation.key)
      if (operation.type === 'delete') {
        return previous ? [{ type: 'delete', key: operation.key, revision, previous }] : []
      }
      const { key, value } = operation
      const entry = {
        key,
        value,
        createRevision: previous?.createRevision ?? revision,
        modRevision: revision,
        memo: operation.memo?.(revision),
        view: undefined,
      }
      return [{ type: 'put', entry, previous }]
    })
    if (changes.length === 0) return this.#acceptedRevision
    for (const change of changes) {
      const entry = change.type === 'put' ? change.entry : undefined
      this.#accepted.set(keyOfChange(change), { revision, entry })
    }
    this.#acceptedRevision = revision
    this.#batch.commits.push({ revision, changes })
    return revision
  }

  /** Resolves when everything accepted so far is durable and readable. */
  #afterBatch(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#batch.waiters.push({
        settle: (failure) => (failure === undefined ? resolve() : reject(failure as Error)),
      })
      if (this.#flushQueued) return
      this.#flushQueued = true
      // One turn's commits make one batch, and those that arrive during a sync make the next one.
      void this.#enqueue(async () => {
        await new Promise((next) => setImmediate(next))
        await this.#flush()
      })
    })
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(work)
    this.#tail = done.catch(() => undefined)
    return done
  }

  async #flush(): Promise<void> {
    const batch = this.#batch
    this.#batch = { commits: [], waiters: [] }
    this.#flushQueued = false
    try {
      if (batch.commits.length > 0) await this.#journal.append(batch.commits)
    } catch (error) {
      this.#fail(error, batch)
      return
    }
    for (const commit of batch.commits) this.#keyspace.apply(commit)
    this.#forgetAccepted(batch.commits)
    this.#watchers.deliver(batch.commits)
    forgetMemos(batch.commits)
    for (const waiter of batch.waiters) waiter.settle(undefined)
  }

  #forgetAccepted(commits: readonly Commit[]): void {
    for (const { changes, revision } of commits) {
      for (const key of changes.map(keyOfChange)) {
        // A commit that is still pending may have written the key again.
        if (this.#accepted.get(key)?.revision === revision) this.#accepted.delete(key)
      }
    }
  }

  // What is on disk after a failed append is unknown, and later commits were judged against what is lost: all of them
  // fail, and no more are taken until the disk holds again what was acknowledged, and nothing else.
  #fail(error: unknown, batch: Batch): void {
    const failure =
      error instanceof StoreError ? error : new StoreError('Unwritable', 'journal failed', { cause: error })
    this.#failure = failure
    const waiters = [...batch.waiters, ...this.#batch.waiters]
    this.#batch = { commits: [], waiters: [] }
    this.#accepted.clear()
    this.#acceptedRevision = this.#keyspace.revision
    for (const waiter of waiters) waiter.settle(failure)
    this.#log.error('the store cannot write, and takes nothing until it can', { error: failure })
    this.#recoverLater()
  }

  #recoverLater(): void {
    this.#recovery = this.#clock.after(RECOVERY_MS, () => void this.#enqueue(() => this.#recover()))
  }

  async #recover(): Promise<void> {
    if (this.#closed) return
    try {
      await this.#journal.recover(this.#keyspace.revision)
    } catch (error) {
      if (error instanceof StoreError) this.#failure = error
      this.#recoverLater()
      return
    }
    this.#failure = undefined
    this.#log.info('the store writes again')
  }

  /** Why nothing can be written: for good, or at present. */
  #refusal(): StoreError | undefined {
    return this.#closed ?? this.#failure
  }

  watch({ prefix, fromRevision }: WatchOptions, onCommit: (commit: Commit) => void): () => void {
    const first = fromRevision ?? this.revision + 1
    if (first <= this.compactedRevision && this.compactedRevision > 0) {
      throw new StoreError('Compacted', `revision ${first} is not newer than ${this.compactedRevision}`)
    }
    return this.#watchers.add(prefix, first, onCommit)
  }

  async compact(revision: number): Promise<void> {
    await this.#enqueue(async () => {
      this.#assertWritable()
      if (revision > this.revision) {
        throw new StoreError('FutureRevision', `revision ${revision} is newer than ${this.revision}`)
      }
      if (revision <= this.compactedRevision) return
      this.#watchers.flush()
      this.#dropped = [...this.#dropped, ...this.#keyspace.compact(revision)]
    })
    // In parts, so that commits come in between. What fails is tried again with the next compaction.
    while (this.#dropped.length > 0) await this.#enqueue(() => this.#compactPart())
    let isMore = true
    while (isMore) {
      await this.#enqueue(async () => {
        this.#assertWritable()
        isMore = await this.#journal.shrink()
      })
    }
  }

  async #compactPart(): Promise<void> {
    this.#assertWritable()
    const part = this.#dropped.slice(0, COMPACTION_PART)
    await this.#journal.compact(this.compactedRevision, part)
    this.#dropped = this.#dropped.slice(part.length)
  }

  #assertWritable(): void {
    const refusal = this.#refusal()
    if (refusal) throw refusal
  }

  close(): Promise<void> {
    // Accepted commits are already queued before the journal's end.
    this.#closed ??= new StoreError('Closed', 'the store is closed')
    this.#recovery?.cancel()
    this.#closing ??= this.#enqueue(async () => {
      this.#watchers.end()
      await this.#journal.close()
    })
    return this.#closing
  }
}

function forgetMemos(commits: readonly Commit[]): void {
  for (const { changes } of commits) {
    for (const { previous } of changes) if (previous) previous.memo = undefined
  }
}

function isPromiseLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** A transaction has one effect on a key: that of the last operation that names it. */
function lastPerKey(operations: readonly Operation[]): readonly Operation[] {
  if (operations.length < 2) return operations
  const last = new Map(operations.map((operation) => [operation.key, operation]))
  return operations.filter((operation) => last.get(operation.key) === operation)
}
