// Transactions with a body, checked against every implementation of Store and against a model that runs them in turn.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { createMemoryStore } from './memory-store.ts'
import { openStore } from './open-store.ts'
import type { Store, Writer } from './store.ts'

const directories: string[] = []

const implementations = [
  { name: 'memory', open: async () => createMemoryStore() },
  {
    name: 'sqlite',
    open: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'store-'))
      directories.push(directory)
      return openStore({ directory, clock: systemClock, log: silentLog })
    },
  },
]

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true })
})

describe.each(implementations)('$name store', ({ open }) => {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })
  afterEach(async () => {
    await store.close()
  })

  const keys = (prefix = ''): string[] => store.range({ prefix }).entries.map(({ key }) => key)

  it('applies the writes of a body at one revision, the last one of a key', async () => {
    const result = await store.transact((tx) => {
      tx.put('a', '1')
      tx.put('b', '1')
      tx.put('a', '2')
      tx.put('c', '1')
      tx.delete('c')
      return 'done'
    })
    expect([result, store.revision, keys()]).toEqual(['done', 1, ['a', 'b']])
    expect(store.get('a')).toEqual({ key: 'a', value: '2', createRevision: 1, modRevision: 1 })
  })

  it('shows the body its own writes, single and in ranges, and nobody else before they are durable', async () => {
    await store.commit({ operations: ['a/1', 'a/3', 'b'].map((key) => ({ type: 'put', key, value: 'x' })) })
    const seen = store.transact((tx) => {
      tx.put('a/2', 'x')
      tx.put('a/3', 'y')
      tx.delete('a/1')
      tx.put('c', 'x')
      const page = store.range({ prefix: 'a/', limit: 1 })
      return {
        entries: store.range({ prefix: 'a/' }).entries,
        single: [store.get('a/1'), store.get('a/2')?.value],
        page: [page.entries.map(({ key }) => key), page.remaining],
        after: store.range({ prefix: '', startKey: 'a/3' }).entries.map(({ key }) => key),
        past: store.range({ prefix: 'a/', revision: 1 }).entries.map(({ key }) => key),
      }
    })
    expect(keys()).toEqual(['a/1', 'a/3', 'b'])
    expect(await seen).toEqual({
      entries: [
        { key: 'a/2', value: 'x', createRevision: 2, modRevision: 2 },
        { key: 'a/3', value: 'y', createRevision: 1, modRevision: 2 },
      ],
      single: [undefined, 'x'],
      page: [['a/2'], 1],
      after: ['a/3', 'b', 'c'],
      past: ['a/1', 'a/3'],
    })
    expect(keys()).toEqual(['a/2', 'a/3', 'b', 'c'])
  })

  it('lets exactly one of many claim an absence, in a key or in a range', async () => {
    const claim = (index: number) =>
      store.transact((tx) => {
        if (keys('claims/').length > 0) return false
        tx.put(`claims/${index}`, 'x')
        return true
      })
    const results = await Promise.all(Array.from({ length: 8 }, (_, index) => claim(index)))
    expect(results).toEqual([true, ...Array.from({ length: 7 }, () => false)])
    expect(keys()).toEqual(['claims/0'])
  })

  it('hands out what it was judged by only once that is durable', async () => {
    const first = store.transact((tx) => tx.put('a', 'x'))
    const refused = store.transact(() => {
      throw new Error(store.get('a') ? 'taken' : 'free')
    })
    const answered = store.transact(() => store.get('a')?.value)
    await expect(refused).rejects.toThrow('taken')
    expect(keys()).toEqual(['a'])
    expect(await answered).toBe('x')
    await first
  })

  it('writes nothing when the body throws, and goes on', async () => {
    const failed = store.transact((tx) => {
      tx.put('a', 'x')
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect([keys(), store.revision]).toEqual([[], 0])
    await store.transact((tx) => tx.put('b', 'x'))
    expect(keys()).toEqual(['b'])
  })

  it('refuses bodies that wait, transactions in bodies, and writes after the end', async () => {
    const kept: Writer[] = []
    const waiting = store.transact(async (tx) => {
      kept.push(tx)
      tx.put('a', 'x')
    })
    await expect(waiting).rejects.toThrow('has to end in its turn')
    expect(() => kept[0]?.put('b', 'x')).toThrow('after its transaction has ended')
    const nested = (inner: () => unknown) => store.transact(() => void inner())
    await expect(nested(() => store.transact(() => 1))).rejects.toThrow('in the body of another')
    await expect(nested(() => store.commit({ operations: [] }))).rejects.toThrow('in the body of another')
    expect(keys()).toEqual([])
  })

  it('is judged together with commits that compare', async () => {
    const compare = [{ key: 'a', modRevision: 0 }]
    const results = await Promise.allSettled([
      store.transact((tx) => tx.put('a', 'x')),
      store.commit({ compare, operations: [{ type: 'put', key: 'a', value: 'y' }] }),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(store.get('a')?.value).toBe('x')
  })

  it('refuses after close', async () => {
    const accepted = store.transact((tx) => tx.put('a', 'x'))
    await store.close()
    await accepted
    await expect(store.transact((tx) => tx.put('b', 'x'))).rejects.toMatchObject({ code: 'Closed' })
  })
})

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

/** What one step reads and then writes: a small request such as "make the next free one", "delete unless used". */
interface Step {
  readonly prefix: string
  readonly key: string
  readonly limit: number
  readonly value: string
}

/** The same rule over a store and over the model: how many there are decides, and the sum is written. */
function runStep(
  { prefix, key, limit, value }: Step,
  read: (prefix: string) => readonly (readonly [string, string])[],
  write: { put(key: string, value: string): void; delete(key: string): void },
): string {
  const found = read(prefix)
  const names = found.map(([name]) => name).join(' ')
  if (found.length >= limit) {
    for (const [name] of found.slice(0, 2)) write.delete(name)
    if (value.endsWith('0')) throw new Error(`too many: ${names}`)
    return `thinned ${names}`
  }
  write.put(key, `${value} after ${names}`)
  if (value.endsWith('1')) throw new Error(`refused beside ${names}`)
  return read(prefix)
    .map((entry) => entry.join('='))
    .join(' ')
}

it.each([1, 2, 3, 4, 5, 6])(
  'is as if one ran after the other, however they overlap (seed %i)',
  async (seed) => {
    const below = random(seed)
    const directory = await mkdtemp(join(tmpdir(), 'store-'))
    directories.push(directory)
    const open = (): Promise<Store> => openStore({ directory, clock: systemClock, log: silentLog })
    let store = await open()
    let model = new Map<string, string>()
    const underModel = (state: ReadonlyMap<string, string>) => (prefix: string) =>
      [...state].filter(([key]) => key.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const underStore = (prefix: string): [string, string][] =>
      store.range({ prefix }).entries.map(({ key, value }) => [key, value])
    const pending: Promise<unknown>[] = []
    const expected: string[] = []
    for (let index = 0; index < 400; index += 1) {
      const prefix = `/${'abc'[below(3)]}/`
      const step = { prefix, key: `${prefix}${below(9)}`, limit: 3 + below(4), value: `${index}` }
      const next = new Map(model)
      try {
        const write = {
          put: (key: string, value: string) => next.set(key, value),
          delete: (key: string) => next.delete(key),
        }
        expected.push(runStep(step, underModel(next), write))
        model = next
      } catch (error) {
        expected.push(String(error))
      }
      pending.push(store.transact((tx) => runStep(step, underStore, tx)).catch(String))
      // Now and then let some of what is on its way land, or all of it.
      if (below(4) === 0) await new Promise((resolve) => setImmediate(resolve))
      if (below(25) === 0) await Promise.all(pending)
    }
    expect(await Promise.all(pending)).toEqual(expected)
    expect(underStore('/')).toEqual(underModel(model)('/'))
    await store.close()
    store = await open()
    expect(underStore('/')).toEqual(underModel(model)('/'))
    await store.close()
  },
)
