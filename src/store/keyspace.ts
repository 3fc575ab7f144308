// Owns the versions of keys in memory: what each key held at which revision, in order of key.
import { lowerBound, SortedKeys } from './sorted-keys.ts'
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

/** A version that compaction has dropped: where its row is. */
export interface DroppedVersion {
  readonly key: string
  readonly revision: number
}

/** Every key with those of its versions that are not compacted, and the commits that made them. */
export class Keyspace {
  readonly #versions = new Map<string, Version[]>()
  readonly #keys = new SortedKeys()
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
    return this.#versions.get(key)?.at(-1)?.entry
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
    this.#keys.each(prefix, startKey, (key) => {
      const entry = this.#at(key, revision)
      if (!entry) return
      if (entries.length < limit) entries.push(entry)
      else remaining += 1
    })
    return { entries, revision, remaining }
  }

  #at(key: string, revision: number): Entry | undefined {
    const versions = this.#versions.get(key)
    const newest = versions?.at(-1)
    // Nearly all reads are of what there is now.
    if (newest === undefined || newest.revision <= revision) return newest?.entry
    return versions?.findLast((version) => version.revision <= revision)?.entry
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
    const versions = this.#versions.get(key)
    if (versions) {
      versions.push(version)
      return
    }
    this.#versions.set(key, [version])
    this.#keys.add(key)
  }

  /** Takes over entries that were alive at `revision`, with nothing known of the time before. */
  restore(entries: Iterable<Entry>, revision: number): void {
    for (const entry of entries) {
      this.#versions.set(entry.key, [{ revision: entry.modRevision, entry }])
      this.#keys.add(entry.key)
    }
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
    const versions = this.#versions.get(key) ?? []
    const current = versions.findLastIndex((version) => version.revision <= revision)
    const first = versions[current]?.entry ? current : current + 1
    const dropped = versions.slice(0, first)
    const rest = versions.slice(first)
    if (rest.length > 0) {
      this.#versions.set(key, rest)
    } else {
      this.#versions.delete(key)
      this.#keys.remove(key)
    }
    return dropped.map((version) => ({ key, revision: version.revision }))
  }
}

/** The key that a change is about. */
export function keyOfChange(change: Change): string {
  return change.type === 'put' ? change.entry.key : change.key
}
