// The behaviour of a Store, checked against every implementation.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { createLog, silentLog } from '../base/log.ts'
import { createMemoryStore } from './memory-store.ts'
import { openStore } from './open-store.ts'
import { scopedStore } from './scoped-store.ts'
import type { Commit, Store, Transaction } from './store.ts'

const directories: string[] = []

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'store-'))
  directories.push(directory)
  return directory
}

/** A part of a store of its own, which ends with it. */
function closing(store: Store): Store {
  const scoped = scopedStore(store, '/regions/eu-west-1')
  return Object.create(scoped, { close: { value: () => store.close() } }) as Store
}

const implementations = [
  { name: 'memory', open: async () => createMemoryStore() },
  { name: 'scoped', open: async () => closing(createMemoryStore()) },
  {
    name: 'sqlite',
    open: async () =>
      openStore({ directory: await temporaryDirectory(), clock: systemClock, log: silentLog }),
  },
]

function put(key: string, value = 'x'): Transaction {
  return { operations: [{ type: 'put', key, value }] }
}

function remove(key: string): Transaction {
  return { operations: [{ type: 'delete', key }] }
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error: { code?: unknown }) => error.code,
  )
}

function codeOf(action: () => unknown): unknown {
  try {
    action()
    return 'returned'
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

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

  const keys = (prefix = '', options: { startKey?: string; limit?: number; revision?: number } = {}) =>
    store.range({ prefix, ...options }).entries.map((entry) => entry.key)

  async function collect(prefix: string, fromRevision?: number): Promise<Commit[]> {
    const seen: Commit[] = []
    store.watch(fromRevision === undefined ? { prefix } : { prefix, fromRevision }, (commit) =>
      seen.push(commit),
    )
    return seen
  }

  describe('commit', () => {
    it('numbers revisions from 1 and keeps the revision of creation', async () => {
      expect(store.revision).toBe(0)
      expect(await store.commit(put('a', '1'))).toBe(1)
      expect(await store.commit(put('a', '2'))).toBe(2)
      expect(store.get('a')).toEqual({ key: 'a', value: '2', createRevision: 1, modRevision: 2 })
      expect(store.revision).toBe(2)
    })

    it('keeps what a reader has made of a value until it is written again and watches know', async () => {
      await store.commit(put('a', '1'))
      const first = store.get('a')!
      first.memo = { made: 1 }
      const told: unknown[] = []
      store.watch({ prefix: 'a' }, ({ changes }) => {
        for (const change of changes) told.push(change.previous?.memo)
      })
      await new Promise((resolve) => setImmediate(resolve))
      await store.commit(put('b'))
      expect(store.get('a')?.memo).toEqual({ made: 1 })
      await store.commit(put('a', '2'))
      expect(told).toEqual([{ made: 1 }])
      expect(first.memo).toBeUndefined()
      expect(store.range({ prefix: 'a', revision: 1 }).entries).toEqual([first])
    })

    it('starts a new life for a key that was deleted', async () => {
      await store.commit(put('a'))
      await store.commit(remove('a'))
      expect(store.get('a')).toBeUndefined()
      await store.commit(put('a'))
      expect(store.get('a')).toMatchObject({ createRevision: 3, modRevision: 3 })
    })

    it('applies all operations at one revision', async () => {
      await store.commit(put('old'))
      const operations = [...put('a').operations, ...put('b').operations, ...remove('old').operations]
      expect(await store.commit({ operations })).toBe(2)
      expect(store.range({ prefix: '' }).entries.map(({ key, modRevision }) => [key, modRevision])).toEqual([
        ['a', 2],
        ['b', 2],
      ])
    })

    it('takes the last operation when one key is named twice', async () => {
      await store.commit({ operations: [...put('a', '1').operations, ...put('a', '2').operations] })
      expect(store.get('a')?.value).toBe('2')
      await store.commit({ operations: [...put('b').operations, ...remove('b').operations] })
      expect(store.revision).toBe(1)
    })

    it('makes no revision when nothing changes', async () => {
      await store.commit(put('a'))
      expect(await store.commit(remove('missing'))).toBe(1)
      expect(await store.commit({ operations: [] })).toBe(1)
    })

    it('is invisible until it is durable', async () => {
      const pending = store.commit(put('a'))
      expect(store.get('a')).toBeUndefined()
      expect(store.revision).toBe(0)
      await pending
      expect(store.get('a')).toBeDefined()
    })

    it('compares with what was accepted before, durable or not', async () => {
      const create = { ...put('a'), compare: [{ key: 'a', modRevision: 0 }] }
      const results = await Promise.all([
        rejection(store.commit(create)),
        rejection(store.commit(create)),
        rejection(store.commit({ ...put('a'), compare: [{ key: 'a', modRevision: 1 }] })),
      ])
      expect(results).toEqual(['resolved', 'Conflict', 'resolved'])
    })

    it('rejects a lost comparison only once the winner is readable', async () => {
      const winner = store.commit(put('a', 'winner'))
      const loser = store.commit({ ...put('a', 'loser'), compare: [{ key: 'a', modRevision: 0 }] })
      await expect(loser).rejects.toMatchObject({ code: 'Conflict' })
      expect(store.get('a')?.value).toBe('winner')
      await winner
    })

    it('applies nothing when one of several comparisons fails', async () => {
      await store.commit(put('a'))
      const compare = [
        { key: 'a', modRevision: 1 },
        { key: 'b', modRevision: 7 },
      ]
      expect(await rejection(store.commit({ ...put('c'), compare }))).toBe('Conflict')
      expect(keys()).toEqual(['a'])
    })

    it('loses no increment of many concurrent read-and-retry loops', async () => {
      await store.commit(put('n', '0'))
      const increment = async (): Promise<void> => {
        for (;;) {
          const entry = store.get('n')
          const next = put('n', String(Number(entry?.value) + 1))
          const compare = [{ key: 'n', modRevision: entry?.modRevision ?? 0 }]
          if ((await rejection(store.commit({ ...next, compare }))) === 'resolved') return
        }
      }
      await Promise.all(Array.from({ length: 20 }, increment))
      expect(store.get('n')?.value).toBe('20')
    })

    it('refuses after close, and close waits for what was accepted', async () => {
      const accepted = store.commit(put('a'))
      await store.close()
      expect(await rejection(accepted)).toBe('resolved')
      expect(await rejection(store.commit(put('b')))).toBe('Closed')
    })
  })

  describe('range', () => {
    beforeEach(async () => {
      for (const key of ['/b/2', '/a/1', '/b/10', '/c', '/b/1', '/b']) await store.commit(put(key))
    })

    it('returns a prefix in order of key', () => {
      expect(keys('/b/')).toEqual(['/b/1', '/b/10', '/b/2'])
      expect(keys('')).toEqual(['/a/1', '/b', '/b/1', '/b/10', '/b/2', '/c'])
      expect(keys('/d')).toEqual([])
    })

    it('pages by startKey and limit, and counts what is left', () => {
      const page = store.range({ prefix: '/b', limit: 2 })
      expect([page.entries.map((entry) => entry.key), page.remaining]).toEqual([['/b', '/b/1'], 2])
      expect(keys('/b', { startKey: '/b/1\0', limit: 2 })).toEqual(['/b/10', '/b/2'])
      expect(keys('/b', { startKey: '/a' })).toHaveLength(4)
    })

    it('reads the past as it was', async () => {
      await store.commit(remove('/b/1'))
      await store.commit(put('/b/1', 'again'))
      expect(keys('/b/', { revision: 6 })).toEqual(['/b/1', '/b/10', '/b/2'])
      expect(keys('/b/', { revision: 7 })).toEqual(['/b/10', '/b/2'])
      expect(store.range({ prefix: '/b/1', revision: 6 }).entries[1]?.value).toBe('x')
      expect(keys('', { revision: 0 })).toEqual([])
      expect(store.range({ prefix: '', revision: 3 }).revision).toBe(3)
    })

    it('knows no future', () => {
      expect(codeOf(() => store.range({ prefix: '', revision: 7 }))).toBe('FutureRevision')
    })
  })

  describe('watch', () => {
    it('delivers changes with what was there before, in order', async () => {
      const seen = await collect('/a')
      await store.commit(put('/a', '1'))
      await store.commit(put('/a', '2'))
      await store.commit(remove('/a'))
      const first = { key: '/a', value: '1', createRevision: 1, modRevision: 1 }
      const second = { key: '/a', value: '2', createRevision: 1, modRevision: 2 }
      expect(seen).toEqual([
        { revision: 1, changes: [{ type: 'put', entry: first, previous: undefined }] },
        { revision: 2, changes: [{ type: 'put', entry: second, previous: first }] },
        { revision: 3, changes: [{ type: 'delete', key: '/a', revision: 3, previous: second }] },
      ])
    })

    it('delivers only the part of a commit that is under the prefix', async () => {
      const seen = await collect('/a')
      await store.commit({ operations: [...put('/a/1').operations, ...put('/b/1').operations] })
      await store.commit(put('/b/2'))
      expect(seen.map(({ revision, changes }) => [revision, changes.length])).toEqual([[1, 1]])
    })

    it('replays from a revision and goes on without gap or repetition', async () => {
      for (let index = 1; index <= 5; index += 1) await store.commit(put(`/k/${index}`))
      const pending = [store.commit(put('/k/6')), store.commit(put('/k/7'))]
      const seen = await collect('/k', 3)
      await Promise.all(pending)
      await store.commit(put('/k/8'))
      expect(seen.map((commit) => commit.revision)).toEqual([3, 4, 5, 6, 7, 8])
    })

    it('starts in a later turn', async () => {
      await store.commit(put('/a'))
      const seen = await collect('/', 1)
      expect(seen).toEqual([])
      await vi.waitFor(() => expect(seen).toHaveLength(1))
    })

    it('ends when asked, from within the callback too', async () => {
      const seen: number[] = []
      const end = store.watch({ prefix: '' }, (commit) => {
        seen.push(commit.revision)
        end()
      })
      await Promise.all([store.commit(put('a')), store.commit(put('b'))])
      await store.commit(put('c'))
      expect(seen).toEqual([1])
    })

    it('goes on for others when one throws', async () => {
      store.watch({ prefix: '' }, () => {
        throw new Error('mine alone')
      })
      const seen = await collect('')
      await store.commit(put('a'))
      await store.commit(put('b'))
      expect(seen.map((commit) => commit.revision)).toEqual([1, 2])
    })

    it('shows commits to watches of folders that have been written to before', async () => {
      await collect('/a/b/')
      await store.commit(put('/a/b/1'))
      const [inner, outer, other] = [await collect('/a/b/'), await collect('/a/'), await collect('/a/c/')]
      const end = store.watch({ prefix: '/' }, () => undefined)
      await store.commit(put('/a/b/2'))
      end()
      await store.commit(put('/a/b/3'))
      expect([inner, outer, other].map((seen) => seen.length)).toEqual([2, 2, 0])
    })

    it('shows a commit to watches before its writer goes on', async () => {
      await store.commit(put('a'))
      const seen = await collect('')
      await store.commit(put('b'))
      expect(seen).toHaveLength(1)
    })
  })

  describe('compaction', () => {
    beforeEach(async () => {
      await store.commit(put('a', '1'))
      await store.commit(put('a', '2'))
      await store.commit(put('b', '3'))
      await store.commit(remove('b'))
      await store.commit(put('c', '5'))
    })

    it('keeps what the revision and everything after it show', async () => {
      await store.compact(4)
      expect(store.compactedRevision).toBe(4)
      expect(keys('', { revision: 4 })).toEqual(['a'])
      expect(keys()).toEqual(['a', 'c'])
      expect(codeOf(() => store.range({ prefix: '', revision: 3 }))).toBe('Compacted')
    })

    it('refuses watches that would have a gap', async () => {
      await store.compact(4)
      expect(codeOf(() => store.watch({ prefix: '', fromRevision: 4 }, () => undefined))).toBe('Compacted')
      const seen = await collect('', 5)
      await vi.waitFor(() => expect(seen.map((commit) => commit.revision)).toEqual([5]))
    })

    it('takes nothing from a watch that has not started', async () => {
      const seen = await collect('', 1)
      await store.compact(5)
      expect(seen.map((commit) => commit.revision)).toEqual([1, 2, 3, 4, 5])
    })

    it('goes forward only', async () => {
      await store.compact(3)
      await store.compact(2)
      expect(store.compactedRevision).toBe(3)
      expect(await rejection(store.compact(6))).toBe('FutureRevision')
    })
  })
})

it('logs what a watch callback throws', async () => {
  const lines: string[] = []
  const store = createMemoryStore(createLog({ write: (line) => lines.push(line), clock: systemClock }))
  store.watch({ prefix: '/p' }, () => {
    throw new Error('broken watcher')
  })
  await store.commit(put('/p/1'))
  expect(lines.join('')).toContain('broken watcher')
})
