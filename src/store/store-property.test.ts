// Random histories against a model that keeps a full copy of the keyspace for every revision.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { openStore } from './open-store.ts'
import type { Commit, Entry, Operation, Store } from './store.ts'

// mulberry32: the seed of a failure is in its name.
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

type State = ReadonlyMap<string, Entry>

/** Every revision there ever was. */
class Model {
  readonly states: State[] = [new Map()]

  apply(operations: readonly Operation[]): void {
    const revision = this.states.length
    const next = new Map(this.states.at(-1))
    for (const operation of operations) {
      if (operation.type === 'delete') next.delete(operation.key)
      else {
        const { key, value } = operation
        const createRevision = next.get(key)?.createRevision ?? revision
        next.set(key, { key, value, createRevision, modRevision: revision })
      }
    }
    const isSame = JSON.stringify([...next]) === JSON.stringify([...(this.states.at(-1) ?? [])])
    if (!isSame) this.states.push(next)
  }

  under(prefix: string, revision: number): Entry[] {
    const entries = [...(this.states[revision] ?? new Map<string, Entry>()).values()]
    return entries
      .filter((entry) => entry.key.startsWith(prefix))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
  }
}

/** A replica that knows only what a watch has told it. */
function replica(store: Store): Map<string, Entry> {
  const copy = new Map<string, Entry>()
  let last = store.compactedRevision
  store.watch({ prefix: '/', fromRevision: last + 1 }, (commit: Commit) => {
    expect(commit.revision).toBe(last + 1)
    last = commit.revision
    for (const change of commit.changes) {
      const key = change.type === 'put' ? change.entry.key : change.key
      expect(change.previous).toEqual(copy.get(key))
      if (change.type === 'put') copy.set(key, change.entry)
      else copy.delete(key)
    }
  })
  return copy
}

const PREFIXES = ['/', '/a', '/a/', '/b', '/c']

it.each([1, 2, 3, 4, 5, 6])('behaves as the model, over restarts and compactions (seed %i)', async (seed) => {
  const below = random(seed)
  const directory = await mkdtemp(join(tmpdir(), 'store-'))
  const open = (): Promise<Store> => openStore({ directory, clock: systemClock, log: silentLog })
  const model = new Model()
  const anyKey = (): string => `/${'abc'[below(3)]}/${below(6)}`
  let store = await open()
  let copy = replica(store)
  try {
    for (let round = 0; round < 60; round += 1) {
      const transactions = Array.from({ length: 1 + below(4) }, (_, index) => {
        const byKey = new Map<string, Operation>()
        for (let count = 1 + below(3); count > 0; count -= 1) {
          const key = anyKey()
          const value = `${round}.${index}.${count}`
          byKey.set(key, below(3) === 0 ? { type: 'delete', key } : { type: 'put', key, value })
        }
        return { operations: [...byKey.values()] }
      })
      const revisions = transactions.map(({ operations }) => {
        model.apply(operations)
        return model.states.length - 1
      })
      expect(await Promise.all(transactions.map((each) => store.commit(each)))).toEqual(revisions)
      expect([...copy.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual(
        model.under('/', store.revision),
      )
      if (below(10) === 0) await store.compact(store.revision - below(3))
      if (below(10) === 0) {
        await store.close()
        store = await open()
        // What was known before the oldest revision is not replayed: start with it.
        const known = store.range({ prefix: '/', revision: store.compactedRevision }).entries
        copy = replica(store)
        for (const entry of known) copy.set(entry.key, entry)
        await new Promise((resolve) => setImmediate(resolve))
      }
      const { compactedRevision } = store
      const revision = compactedRevision + below(store.revision - compactedRevision + 1)
      const prefix = PREFIXES[below(PREFIXES.length)] ?? '/'
      expect(store.range({ prefix, revision }).entries).toEqual(model.under(prefix, revision))
    }
  } finally {
    await store.close()
    await rm(directory, { recursive: true })
  }
})
