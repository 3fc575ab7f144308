import { expect, it } from 'vitest'

import { silentLog } from '../base/log.ts'
import type { Journal } from './journal.ts'
import { JournaledStore } from './journaled-store.ts'
import { Keyspace } from './keyspace.ts'
import { StoreError, type Commit } from './store.ts'

/** A journal whose appends end when the test says so. */
class HeldJournal implements Journal {
  readonly batches: (readonly Commit[])[] = []
  readonly dropped: number[] = []
  closed = false
  #release: ((failure?: Error) => void) | undefined

  async append(commits: readonly Commit[]): Promise<void> {
    this.batches.push(commits)
    await new Promise<void>((resolve, reject) => {
      this.#release = (failure) => (failure ? reject(failure) : resolve())
    })
  }

  async compact(_revision: number, dropped: readonly unknown[]): Promise<void> {
    this.dropped.push(dropped.length)
  }

  async close(): Promise<void> {
    this.closed = true
  }

  /** Waits for the next append and ends it. */
  async release(failure?: Error): Promise<void> {
    await expect.poll(() => this.#release).toBeDefined()
    this.#release?.(failure)
    this.#release = undefined
  }
}

function put(key: string) {
  return { operations: [{ type: 'put' as const, key, value: 'x' }] }
}

it('syncs once for all commits of a turn, and once for all that come meanwhile', async () => {
  const journal = new HeldJournal()
  const store = new JournaledStore(new Keyspace(), journal, silentLog)
  const first = [store.commit(put('a')), store.commit(put('b')), store.commit(put('c'))]
  await expect.poll(() => journal.batches.length).toBe(1)
  const second = [store.commit(put('d')), store.commit(put('a'))]
  await journal.release()
  expect(await Promise.all(first)).toEqual([1, 2, 3])
  expect(store.get('a')?.modRevision).toBe(1)
  await journal.release()
  expect(await Promise.all(second)).toEqual([4, 5])
  expect(journal.batches.map((batch) => batch.length)).toEqual([3, 2])
})

it('judges comparisons by what is still on its way to the disk', async () => {
  const journal = new HeldJournal()
  const store = new JournaledStore(new Keyspace(), journal, silentLog)
  const first = store.commit(put('a'))
  await expect.poll(() => journal.batches.length).toBe(1)
  const second = store.commit({ ...put('a'), compare: [{ key: 'a', modRevision: 1 }] })
  const stale = store.commit({ ...put('a'), compare: [{ key: 'a', modRevision: 1 }] })
  await journal.release()
  expect(await first).toBe(1)
  await expect.poll(() => journal.batches.length).toBe(2)
  // The first batch is readable now; the second still has to be what comparisons see.
  const third = store.commit({ ...put('a'), compare: [{ key: 'a', modRevision: 2 }] })
  const rejected = expect(stale).rejects.toMatchObject({ code: 'Conflict' })
  await journal.release()
  await rejected
  expect(await second).toBe(2)
  await journal.release()
  expect(await third).toBe(3)
})

it('acknowledges nothing and takes no more writes once a sync has failed', async () => {
  const journal = new HeldJournal()
  const store = new JournaledStore(new Keyspace(), journal, silentLog)
  const seen: Commit[] = []
  store.watch({ prefix: '' }, (commit) => seen.push(commit))
  const results = Promise.allSettled([store.commit(put('a')), store.commit(put('b'))])
  await expect.poll(() => journal.batches.length).toBe(1)
  const later = Promise.allSettled([store.commit(put('c'))])
  await journal.release(new StoreError('Unwritable', 'disk full'))
  const failure = { status: 'rejected', reason: expect.objectContaining({ message: 'disk full' }) }
  expect(await results).toEqual([failure, failure])
  expect(await later).toEqual([failure])
  await expect(store.commit(put('d'))).rejects.toMatchObject({ code: 'Unwritable' })
  expect([store.revision, store.get('a'), seen]).toEqual([0, undefined, []])
  await store.close()
  expect(journal.closed).toBe(true)
})

it('lets commits through between the parts of a long compaction', async () => {
  const journal = new HeldJournal()
  const store = new JournaledStore(new Keyspace(), journal, silentLog)
  const writes = Array.from({ length: 1200 }, () => store.commit(put('a')))
  await journal.release()
  await Promise.all(writes)
  const compaction = store.compact(1200)
  const commit = store.commit(put('b'))
  await journal.release()
  await commit
  expect(journal.dropped.length).toBeLessThan(3)
  await compaction
  expect(journal.dropped).toEqual([500, 500, 199])
})
