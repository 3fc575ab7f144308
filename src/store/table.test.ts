import { afterEach, beforeEach, expect, it } from 'vitest'

import { createMemoryStore } from './memory-store.ts'
import type { Store } from './store.ts'
import { Table, type RowChange } from './table.ts'

interface Profile {
  readonly name: string
  readonly status: 'CREATING' | 'ACTIVE'
  readonly passes: number
}

let store: Store
let table: Table<Profile>

beforeEach(() => {
  store = createMemoryStore()
  table = new Table(store, 'profiles')
})

afterEach(async () => {
  await store.close()
})

const creating: Profile = { name: 'p', status: 'CREATING', passes: 0 }

it('creates a record once', async () => {
  expect(await Promise.all([table.create('c/p', creating), table.create('c/p', creating)])).toEqual([
    true,
    false,
  ])
  expect([table.get('c/p'), table.has('c/p'), table.has('c/q')]).toEqual([creating, true, false])
})

it('lists by the front of the key, in order', async () => {
  for (const key of ['c2/a', 'c/b', 'c/a']) await table.put(key, { ...creating, name: key })
  expect(table.list('c/').map((profile) => profile.name)).toEqual(['c/a', 'c/b'])
  expect(table.rows().map(({ key, revision }) => [key, revision])).toEqual([
    ['c/a', 3],
    ['c/b', 2],
    ['c2/a', 1],
  ])
})

it('is apart from a table whose name begins alike', async () => {
  const other = new Table<number>(store, 'profiles2')
  await other.put('x', 1)
  expect(table.list()).toEqual([])
  expect(other.list()).toEqual([1])
})

it('loses no update, whoever else writes', async () => {
  await table.put('c/p', creating)
  const count = (profile: Profile): Profile => ({ ...profile, passes: profile.passes + 1 })
  await Promise.all(Array.from({ length: 10 }, () => table.update('c/p', count)))
  expect(table.get('c/p')?.passes).toBe(10)
})

it('updates nothing that is not there, and writes nothing when told so', async () => {
  expect(await table.update('c/p', (profile) => profile)).toBeUndefined()
  await table.put('c/p', creating)
  expect(await table.update('c/p', () => undefined)).toEqual(creating)
  expect(store.revision).toBe(1)
})

it('tells of every change, with the last value of what is deleted', async () => {
  const seen: RowChange<Profile>[] = []
  const end = table.watch((change) => seen.push(change))
  await table.put('c/p', creating)
  await table.delete('c/p')
  await table.delete('c/p')
  end()
  await table.put('c/q', creating)
  expect(seen).toEqual([
    { type: 'put', key: 'c/p', value: creating },
    { type: 'delete', key: 'c/p', value: creating },
  ])
})
