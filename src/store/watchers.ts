// Owns the delivery of commits to watches: each sees its prefix, in order, without gaps, whatever others do.
import type { Log } from '../base/log.ts'
import { keyOfChange } from './keyspace.ts'
import type { Change, Commit } from './store.ts'

// Folders come and go with namespaces: now and then all are forgotten.
const MAXIMUM_KNOWN = 1_000

interface Watcher {
  readonly prefix: string
  readonly onCommit: (commit: Commit) => void
  /** First revision that was not delivered yet. */
  nextRevision: number
  /** False until the replay, in a later turn than the registration, has begun. */
  started: boolean
  ended: boolean
}

/** Reads the commits from a revision on. */
type CommitsFrom = (revision: number) => readonly Commit[]

/** All watches of one store. */
export class Watchers {
  /** By prefix: what of a commit matches is worked out once for all that watch the same. */
  readonly #watchers = new Map<string, Set<Watcher>>()
  /** What of the prefixes the keys in a folder have, worked out once for all that is written there. */
  readonly #above = new Map<string, readonly string[]>()
  /** Those of the prefixes that are no folders, which each commit is compared with. */
  readonly #loose = new Set<string>()
  readonly #commitsFrom: CommitsFrom
  readonly #log: Log

  constructor(commitsFrom: CommitsFrom, log: Log) {
    this.#commitsFrom = commitsFrom
    this.#log = log
  }

  /** Delivers commits from `fromRevision` on. @returns a function that ends it, also from within `onCommit`. */
  add(prefix: string, fromRevision: number, onCommit: (commit: Commit) => void): () => void {
    const watcher: Watcher = { prefix, onCommit, nextRevision: fromRevision, started: false, ended: false }
    const others = this.#watchers.get(prefix)
    if (others) others.add(watcher)
    else {
      this.#watchers.set(prefix, new Set([watcher]))
      this.#above.clear()
    }
    if (!isFolder(prefix)) this.#loose.add(prefix)
    setImmediate(() => {
      watcher.started = true
      this.#catchUp(watcher)
    })
    return () => {
      watcher.ended = true
      const all = this.#watchers.get(prefix)
      all?.delete(watcher)
      if (all?.size !== 0) return
      this.#watchers.delete(prefix)
      this.#above.clear()
      this.#loose.delete(prefix)
    }
  }

  /** Delivers new commits, already readable through `commitsFrom`, to every watch that has started. */
  deliver(commits: readonly Commit[]): void {
    // A region watches hundreds of folders, and a commit touches a few.
    const foldersOf = (key: string): readonly string[] => this.#foldersOf(key)
    for (const [folder, parts] of partsByFolder(commits, foldersOf)) this.#sendAll(folder, parts)
    for (const prefix of this.#loose) this.#sendAll(prefix, matchingParts(commits, prefix))
  }

  #foldersOf(key: string): readonly string[] {
    const parent = key.slice(0, key.lastIndexOf('/') + 1)
    let folders = this.#above.get(parent)
    if (!folders) {
      folders = foldersAbove(parent).filter((folder) => this.#watchers.has(folder))
      if (this.#above.size >= MAXIMUM_KNOWN) this.#above.clear()
      this.#above.set(parent, folders)
    }
    return folders
  }

  #sendAll(prefix: string, parts: readonly Commit[]): void {
    if (parts.length === 0) return
    for (const watcher of this.#watchers.get(prefix) ?? []) {
      if (watcher.started) this.#send(watcher, parts)
    }
  }

  /** Brings up to date the watches that have not started, as all others are: called before history is forgotten. */
  flush(): void {
    for (const watchers of this.#watchers.values()) {
      for (const watcher of watchers) if (!watcher.started) this.#catchUp(watcher)
    }
  }

  end(): void {
    for (const watchers of this.#watchers.values()) {
      for (const watcher of watchers) watcher.ended = true
    }
    this.#watchers.clear()
    this.#loose.clear()
  }

  #catchUp(watcher: Watcher): void {
    if (watcher.ended) return
    this.#send(watcher, matchingParts(this.#commitsFrom(watcher.nextRevision), watcher.prefix))
  }

  #send(watcher: Watcher, commits: readonly Commit[]): void {
    for (const commit of commits) {
      if (watcher.ended) return
      if (commit.revision < watcher.nextRevision) continue
      watcher.nextRevision = commit.revision + 1
      try {
        watcher.onCommit(commit)
      } catch (error) {
        this.#log.error('watch callback failed', { error, prefix: watcher.prefix, revision: commit.revision })
      }
    }
  }
}

// `/a/b/` is in `/`, `/a/` and itself.
function foldersAbove(parent: string): string[] {
  const folders: string[] = []
  for (let at = parent.indexOf('/'); at >= 0; at = parent.indexOf('/', at + 1)) {
    folders.push(parent.slice(0, at + 1))
  }
  return folders
}

// Nearly all watches are of such: what a key belongs to is found by its slashes, however many others are watched.
function isFolder(prefix: string): boolean {
  return prefix.endsWith('/')
}

/** The parts of commits below each watched folder that they touch. */
function partsByFolder(
  commits: readonly Commit[],
  foldersOf: (key: string) => readonly string[],
): ReadonlyMap<string, readonly Commit[]> {
  const parts = new Map<string, Commit[]>()
  for (const commit of commits) {
    for (const [folder, changes] of changesByFolder(commit, foldersOf)) {
      const part = changes.length === commit.changes.length ? commit : { revision: commit.revision, changes }
      const known = parts.get(folder)
      if (known) known.push(part)
      else parts.set(folder, [part])
    }
  }
  return parts
}

function changesByFolder(
  commit: Commit,
  foldersOf: (key: string) => readonly string[],
): ReadonlyMap<string, readonly Change[]> {
  const found = new Map<string, Change[]>()
  for (const change of commit.changes) {
    for (const folder of foldersOf(keyOfChange(change))) {
      const changes = found.get(folder)
      if (changes) changes.push(change)
      else found.set(folder, [change])
    }
  }
  return found
}

function matchingParts(commits: readonly Commit[], prefix: string): readonly Commit[] {
  return commits.flatMap((commit) => matchingPart(commit, prefix) ?? [])
}

// Most commits touch one prefix only: hand those on as they are, and nothing when nothing matches.
function matchingPart(commit: Commit, prefix: string): Commit | undefined {
  const matches = (change: Change): boolean => keyOfChange(change).startsWith(prefix)
  if (commit.changes.every(matches)) return commit
  const changes = commit.changes.filter(matches)
  return changes.length > 0 ? { revision: commit.revision, changes } : undefined
}
