import { beforeEach, describe, expect, it } from 'vitest'

import { silentLog } from '../base/log.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import type { Journal } from './journal.ts'
import { JournaledStore } from './journaled-store.ts'
import { Keyspace } from './keyspace.ts'
import { isStoreError, StoreError, type Commit } from './store.ts'

/** A journal whose appends end when the test says so. */
class HeldJournal implements Journal {
  readonly batches: (readonly Commit[])[] = []
  readonly dropped: number[] = []
  readonly recoveries: number[] = []
  shrinks = 0
  closed = false
  recoverFailure: StoreError | undefined
  compactFailure: StoreError | undefined
  #release: ((failure?: Error) => void) | undefined

  async append(commits: readonly Commit[]): Promise<void> {
    this.batches.push(commits)
    await new Promise<void>((resolve, reject) => {
      this.#release = (failure) => (failure ? reject(failure) : resolve())
    })
  }

  async compact(_revision: number, dropped: readonly unknown[]): Promise<void> {
    if (this.compactFailure) throw this.compactFailure
    this.dropped.push(dropped.length)
  }

  async recover(revision: number): Promise<void> {
    this.recoveries.push(revision)
    if (this.recoverFailure) throw this.recoverFailure
  }

  async shrink(): Promise<boolean> {
    this.shrinks += 1
    return this.shrinks % 3 !== 0
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

let clock: FakeClock

beforeEach(() => {
  clock = new FakeClock()
})

function put(key: string, value = 'x') {
  return { operations: [{ type: 'put' as const, key, value }] }
}

it('syncs once for all commits of a turn, and once for all that come meanwhile', async () => {
  const journal = new HeldJournal()
  const store = new JournaledStore(new Keyspace(), journal, { log: silentLog, clock })
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
  const store = new JournaledStore(new Keyspace(), journal, { log: silentLog, clock })
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

describe('a disk that is full', () => {
  const FULL = new StoreError('Unwritable', 'disk full')
  const refused = { status: 'rejected', reason: expect.objectContaining({ message: 'disk full' }) }

  /** A store with one entry, whose next append has failed. */
  async function fullStore() {
    const journal = new HeldJournal()
    const store = new JournaledStore(new Keyspace(), journal, { log: silentLog, clock })
    const kept = store.commit(put('kept'))
    await journal.release()
    await kept
    const seen: Commit[] = []
    store.watch({ prefix: '' }, (commit) => seen.push(commit))
    const results = Promise.allSettled([
      store.commit(put('a')),
      store.commit(put('kept', 'changed')),
      store.transact((writer) => writer.put('b', 'x')),
    ])
    await expect.poll(() => journal.batches.length).toBe(2)
    const later = Promise.allSettled([
      store.commit(put('c')),
      store.commit({ ...put('kept'), compare: [{ key: 'kept', modRevision: 3 }] }),
    ])
    journal.recoverFailure = FULL
    await journal.release(FULL)
    return { journal, store, seen, results: await results, later: await later }
  }

  it('acknowledges nothing that it did not take, nor what came after it', async () => {
    const { store, seen, results, later } = await fullStore()
    expect([...results, ...later]).toEqual(Array.from({ length: 5 }, () => refused))
    await expect(store.commit(put('d'))).rejects.toMatchObject({ code: 'Unwritable' })
    await expect(store.transact(() => undefined)).rejects.toMatchObject({ code: 'Unwritable' })
    await expect(store.compact(1)).rejects.toMatchObject({ code: 'Unwritable' })
    expect(store.writeFailure).toMatchObject({ message: 'disk full' })
    expect([store.revision, store.get('a'), store.get('kept')?.value, seen]).toEqual([1, undefined, 'x', []])
  })

  it('is written to again once there is room, from where it was', async () => {
    const { journal, store, seen } = await fullStore()
    await clock.advance(3_000)
    expect(journal.recoveries).toEqual([1, 1, 1])
    expect(store.writeFailure).toBeDefined()
    journal.recoverFailure = undefined
    await clock.advance(1_000)
    expect(store.writeFailure).toBeUndefined()
    // Judged by what was acknowledged, not by what was lost.
    const again = store.commit({ ...put('kept', 'again'), compare: [{ key: 'kept', modRevision: 1 }] })
    const stale = store.commit({ ...put('kept'), compare: [{ key: 'kept', modRevision: 3 }] })
    const conflict = stale.then(
      () => 'taken',
      (error: unknown) => isStoreError(error, 'Conflict'),
    )
    await journal.release()
    expect([await again, await conflict]).toEqual([2, true])
    expect(seen.map(({ revision }) => revision)).toEqual([2])
    expect(store.range({ prefix: '' }).entries.map(({ key, value }) => [key, value])).toEqual([
      ['kept', 'again'],
    ])
  })

  it('does not keep a store from closing', async () => {
    const { journal, store } = await fullStore()
    await store.close()
    expect(journal.closed).toBe(true)
    await clock.advance(10_000)
    expect(journal.recoveries).toEqual([])
    await expect(store.commit(put('a'))).rejects.toMatchObject({ code: 'Closed' })
  })

  it('leaves what a compaction could not drop to the next one', async () => {
    const journal = new HeldJournal()
    const store = new JournaledStore(new Keyspace(), journal, { log: silentLog, clock })
    for (let index = 0; index < 3; index += 1) {
      const written = store.commit(put('a'))
      await journal.release()
      await written
    }
    journal.compactFailure = FULL
    await expect(store.compact(3)).rejects.toMatchObject({ message: 'disk full' })
    expect(journal.dropped).toEqual([])
    journal.compactFailure = undefined
    await store.compact(3)
    expect(journal.dropped).toEqual([2])
    await store.compact(3)
    expect(journal.dropped).toEqual([2])
  })
})

it('gives room back after a compaction, for as long as there is any', async () => {
  const journal = new HeldJournal()
  const store = new JournaledStore(new Keyspace(), journal, { log: silentLog, clock })
  const written = store.commit(put('a'))
  await journal.release()
  await written
  await store.compact(1)
  expect(journal.shrinks).toBe(3)
})

it('lets commits through between the parts of a long compaction', async () => {
  const journal = new HeldJournal()
  const store = new JournaledStore(new Keyspace(), journal, { log: silentLog, clock })
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
