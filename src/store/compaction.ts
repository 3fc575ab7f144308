// Owns how much history a store keeps: minutes for watches that reconnect, and never without bound.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Supervisor } from '../base/supervisor.ts'
import { isStoreError, type Store } from './store.ts'

// etcd's compaction interval below kube-apiserver is 5 minutes.
const KEEP_MS = 5 * 60_000
const KEEP_REVISIONS = 10_000
const INTERVAL_MS = 30_000

export interface CompactionOptions {
  readonly clock: Clock
  readonly log: Log
  readonly supervisor: Supervisor
  /** History no older than this is kept; 5 minutes by default. */
  readonly keepMs?: number
  /** … unless it is longer than this; 10,000 revisions by default. */
  readonly keepRevisions?: number
  readonly intervalMs?: number
}

/** Compacts a store now and then, until the supervisor stops. */
export function startCompaction(store: Store, options: CompactionOptions): void {
  const { clock, log, supervisor } = options
  const { keepMs = KEEP_MS, keepRevisions = KEEP_REVISIONS, intervalMs = INTERVAL_MS } = options
  supervisor.run('store compaction', async (signal) => {
    const samples: { readonly atMs: number; readonly revision: number }[] = []
    while (!signal.aborted) {
      samples.push({ atMs: clock.now(), revision: store.revision })
      const oldIndex = samples.findLastIndex(({ atMs }) => atMs <= clock.now() - keepMs)
      const old = samples[oldIndex]?.revision ?? 0
      if (oldIndex > 0) samples.splice(0, oldIndex)
      const target = Math.max(old, store.revision - keepRevisions)
      if (target > store.compactedRevision) await compact(store, target, log)
      if (!signal.aborted) await clock.sleep(intervalMs, signal).catch(() => undefined)
    }
  })
}

async function compact(store: Store, revision: number, log: Log): Promise<void> {
  try {
    await store.compact(revision)
    log.debug('store compacted', { revision })
  } catch (error) {
    if (!isStoreError(error, 'Closed')) log.warn('store not compacted', { revision, error })
  }
}
