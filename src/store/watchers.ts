// Owns the delivery of commits to watches: each sees its prefix, in order, without gaps, whatever others do.
import type { Log } from '../base/log.ts'
import { keyOfChange } from './keyspace.ts'
import type { Change, Commit } from './store.ts'

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
  readonly #watchers = new Set<Watcher>()
  readonly #commitsFrom: CommitsFrom
  readonly #log: Log

  constructor(commitsFrom: CommitsFrom, log: Log) {
    this.#commitsFrom = commitsFrom
    this.#log = log
  }

  /** Delivers commits from `fromRevision` on. @returns a function that ends it, also from within `onCommit`. */
  add(prefix: string, fromRevision: number, onCommit: (commit: Commit) => void): () => void {
    const watcher: Watcher = { prefix, onCommit, nextRevision: fromRevision, started: false, ended: false }
    this.#watchers.add(watcher)
    setImmediate(() => {
      watcher.started = true
      this.#catchUp(watcher)
    })
    return () => {
      watcher.ended = true
      this.#watchers.delete(watcher)
    }
  }

  /** Delivers new commits, already readable through `commitsFrom`, to every watch that has started. */
  deliver(commits: readonly Commit[]): void {
    for (const watcher of this.#watchers) {
      if (watcher.started) this.#send(watcher, commits)
    }
  }

  /** Brings every watch up to date, those not started included: called before history is forgotten. */
  flush(): void {
    for (const watcher of this.#watchers) this.#catchUp(watcher)
  }

  end(): void {
    for (const watcher of this.#watchers) watcher.ended = true
    this.#watchers.clear()
  }

  #catchUp(watcher: Watcher): void {
    if (!watcher.ended) this.#send(watcher, this.#commitsFrom(watcher.nextRevision))
  }

  #send(watcher: Watcher, commits: readonly Commit[]): void {
    for (const commit of commits) {
      if (watcher.ended) return
      if (commit.revision < watcher.nextRevision) continue
      watcher.nextRevision = commit.revision + 1
      const matching = matchingPart(commit, watcher.prefix)
      if (!matching) continue
      try {
        watcher.onCommit(matching)
      } catch (error) {
        this.#log.error('watch callback failed', { error, prefix: watcher.prefix, revision: commit.revision })
      }
    }
  }
}

// Most commits touch one prefix only: hand those on as they are, and nothing when nothing matches.
function matchingPart(commit: Commit, prefix: string): Commit | undefined {
  const matches = (change: Change): boolean => keyOfChange(change).startsWith(prefix)
  if (commit.changes.every(matches)) return commit
  const changes = commit.changes.filter(matches)
  return changes.length > 0 ? { revision: commit.revision, changes } : undefined
}
