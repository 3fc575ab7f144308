// Owns a store that stops between two commits, as the one of a killed process does.
import { type Store, StoreError } from '../store.ts'

export interface StoppingStore extends Store {
  /** Accepts so many commits and transactions more: every later one is refused, and nothing of it is written. */
  stopAfter(commits: number): void
}

/** `store` until it is told to stop. */
export function stoppingStore(store: Store): StoppingStore {
  let left = Infinity
  const refusal = (): Promise<never> | undefined => {
    if (left === 0) return Promise.reject(new StoreError('Closed', 'the process was killed'))
    left--
    return undefined
  }
  return {
    stopAfter: (commits) => {
      left = commits
    },
    get revision() {
      return store.revision
    },
    get compactedRevision() {
      return store.compactedRevision
    },
    get writeFailure() {
      return store.writeFailure
    },
    get: (key) => store.get(key),
    range: (options) => store.range(options),
    watch: (options, onCommit) => store.watch(options, onCommit),
    compact: (revision) => store.compact(revision),
    close: () => store.close(),
    commit: (transaction) => refusal() ?? store.commit(transaction),
    transact: (body) => refusal() ?? store.transact(body),
  }
}
