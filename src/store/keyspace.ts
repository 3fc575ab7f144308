// Owns the versions of keys in memory: what each key held at which revision, in order of key.
import { lowerBound, SortedByKey } from './sorted-by-key.ts'
import {
  StoreError,
  type Change,
  type Commit,
  type Entry,
  type RangeOptions,
  type RangeResult,
} from './store.ts'

/** What one key held from a revision on; no entry means deleted. */
interface Version {
  readonly revision: number
  readonly entry: Entry | undefined
}

/** A key, what it holds, and what it held before: nearly all reads are of what there is now. */
interface History {
  readonly key: string
  newest: Version
  /** Oldest first; most keys have none. */
  older: Version[] | undefined
}

/** A version that compaction has dropped: where its row is. */
export interface DroppedVersion {
  readonly key: string
  readonly revision: number
}

/** Every key with those of its versions that are not compacted, and the commits that made them. */
export class Keyspace {
  readonly #histories = new Map<string, History>()
  readonly #inOrder = new SortedByKey<History>()
  #commits: Commit[] = []
  #revision = 0
  #compactedRevision = 0

  get revision(): number {
    return this.#revision
  }

  get compactedRevision(): number {
    return this.#compactedRevision
  }

  get(key: string): Entry | undefined {
    return this.#histories.get(key)?.newest.entry
  }

  /** Entries under a prefix as `Store.range` gives them. */
  range({
    prefix,
    startKey = prefix,
    limit = Infinity,
    revision = this.#revision,
  }: RangeOptions): RangeResult {
    if (revision < this.#compactedRevision) {
      throw new StoreError('Compacted', `revision ${revision} is older than ${this.#compactedRevision}`)
    }
    if (revision > this.#revision) {
      throw new StoreError('FutureRevision', `revision ${revision} is newer than ${this.#revision}`)
    }
    const entries: Entry[] = []
    let remaining = 0
    this.#inOrder.each(prefix, startKey, (history) => {
      const entry = entryAt(history, revision)
      if (!entry) return
      if (entries.length < limit) entries.push(entry)
      else remaining += 1
    })
    return { entries, revision, remaining }
  }

  /** Makes a commit visible; its revision must be the newest. */
  apply(commit: Commit): void {
    this.#revision = commit.revision
    this.#commits.push(commit)
    for (const change of commit.changes) this.#record(change)
  }

  #record(change: Change): void {
    const key = keyOfChange(change)
    const version: Version =
      change.type === 'put'
        ? { revision: change.entry.modRevision, entry: change.entry }
        : { revision: change.revision, entry: undefined }
    const history = this.#histories.get(key)
    if (!history) {
      this.#begin(key, version)
      return
    }
    ;(history.older ??= []).push(history.newest)
    history.newest = version
  }

  #begin(key: string, version: Version): void {
    const history = { key, newest: version, older: undefined }
    this.#histories.set(key, history)
    this.#inOrder.add(history)
  }

  /** Takes over entries that were alive at `revision`, with nothing known of the time before. */
  restore(entries: Iterable<Entry>, revision: number): void {
    for (const entry of entries) this.#begin(entry.key, { revision: entry.modRevision, entry })
    this.#revision = revision
    this.#compactedRevision = revision
  }

  /** Commits from this revision on, oldest first. */
  commitsFrom(revision: number): readonly Commit[] {
    const first = lowerBound(
      this.#commits.length,
      (index) => (this.#commits[index]?.revision ?? 0) >= revision,
    )
    return this.#commits.slice(first)
  }

  /** Forgets what only revisions before `revision` need. @returns what was dropped, tombstones included. */
  compact(revision: number): DroppedVersion[] {
    const kept = this.commitsFrom(revision + 1)
    const touched = new Set<string>()
    for (const commit of this.#commits.slice(0, this.#commits.length - kept.length)) {
      for (const change of commit.changes) touched.add(keyOfChange(change))
    }
    this.#commits = [...kept]
    this.#compactedRevision = revision
    return [...touched].flatMap((key) => this.#prune(key, revision))
  }

  #prune(key: string, revision: number): DroppedVersion[] {
    const history = this.#histories.get(key)
    if (!history) return []
    const versions = [...(history.older ?? []), history.newest]
    const current = versions.findLastIndex((version) => version.revision <= revision)
    const first = versions[current]?.entry ? current : current + 1
    const dropped = versions.slice(0, first)
    history.older = first < versions.length - 1 ? versions.slice(first, -1) : undefined
    if (first === versions.length) {
      this.#histories.delete(key)
      this.#inOrder.remove(key)
    }
    return dropped.map((version) => ({ key, revision: version.revision }))
  }
}

function entryAt({ newest, older }: History, revision: number): Entry | undefined {
  if (newest.revision <= revision) return newest.entry
  return older?.findLast((version) => version.revision <= revision)?.entry
}

/** The key that a change is about. */
export function keyOfChange(change: Change): string {
  return change.type === 'put' ? change.entry.key : change.key
}
