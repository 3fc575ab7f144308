import { afterEach, beforeEach, describe, expect, it } from 'vitest'

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

describe('unique keys', () => {
  interface Group {
    readonly vpc: string
    readonly name?: string
  }
  let groups: Table<Group, 'name'>
  beforeEach(() => {
    groups = new Table(store, 'groups', {
      unique: { name: ({ vpc, name }: Group) => (name === undefined ? undefined : `${vpc}/${name}`) },
    })
  })

  const claims = (): string[] => store.range({ prefix: '/unique/' }).entries.map(({ key }) => key)
  const duplicate = expect.objectContaining({ code: 'Duplicate' })

  it('are claimed by one record of many that are made at once', async () => {
    const results = await Promise.allSettled(
      ['sg-1', 'sg-2', 'sg-3'].map((key) => groups.create(key, { vpc: 'v', name: 'web' })),
    )
    expect(results).toEqual([
      { status: 'fulfilled', value: true },
      { status: 'rejected', reason: duplicate },
      { status: 'rejected', reason: duplicate },
    ])
    expect(groups.rows().map(({ key }) => key)).toEqual(['sg-1'])
    expect(groups.find('name', 'v/web')).toEqual({ vpc: 'v', name: 'web' })
  })

  it('are apart by what the key is made of, and absent where a record has none', async () => {
    await groups.put('sg-1', { vpc: 'v', name: 'web' })
    await groups.put('sg-2', { vpc: 'w', name: 'web' })
    await groups.put('sg-3', { vpc: 'v' })
    await groups.put('sg-4', { vpc: 'v' })
    expect(claims()).toEqual(['/unique/groups/name/v/web', '/unique/groups/name/w/web'])
  })

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['put', (key) => groups.put(key, { vpc: 'v', name: 'db' })],
    ['update', (key) => groups.update(key, (group) => ({ ...group, name: 'db' }))],
    ['putIn', (key) => store.transact((tx) => groups.putIn(tx, key, { vpc: 'v', name: 'db' }))],
  ])('move with the record: %s', async (_, rename) => {
    await groups.put('sg-1', { vpc: 'v', name: 'web' })
    await rename('sg-1')
    expect(claims()).toEqual(['/unique/groups/name/v/db'])
    await groups.create('sg-2', { vpc: 'v', name: 'web' })
    await expect(rename('sg-2')).rejects.toEqual(duplicate)
    expect(groups.get('sg-2')).toEqual({ vpc: 'v', name: 'web' })
  })

  it('are free again when the record is gone, or has none any more', async () => {
    await groups.put('sg-1', { vpc: 'v', name: 'web' })
    await groups.delete('sg-1')
    await groups.put('sg-2', { vpc: 'v', name: 'web' })
    await groups.put('sg-2', { vpc: 'v' })
    expect(claims()).toEqual([])
    expect(groups.find('name', 'v/web')).toBeUndefined()
  })

  it('may be several of one record, each claimed and given back by itself', async () => {
    interface Card {
      readonly ips: readonly string[]
    }
    const cards = new Table(store, 'cards', { unique: { ip: ({ ips }: Card) => ips } })
    await cards.put('eni-1', { ips: ['a/1', 'a/2'] })
    await cards.put('eni-2', { ips: ['b/1'] })
    await expect(cards.put('eni-2', { ips: ['b/1', 'a/2'] })).rejects.toEqual(duplicate)
    await cards.put('eni-1', { ips: ['a/2', 'a/3'] })
    expect(cards.claimed('ip', 'a/')).toEqual(['a/2', 'a/3'])
    expect([cards.isClaimed('ip', 'a/1'), cards.isClaimed('ip', 'b/1')]).toEqual([false, true])
    expect(cards.find('ip', 'a/3')).toEqual({ ips: ['a/2', 'a/3'] })
  })

  it('can be handed from one record to another in one transaction', async () => {
    await groups.put('sg-1', { vpc: 'v', name: 'web' })
    await store.transact((tx) => {
      groups.deleteIn(tx, 'sg-1')
      groups.putIn(tx, 'sg-2', { vpc: 'v', name: 'web' })
    })
    expect(groups.rows().map(({ key }) => key)).toEqual(['sg-2'])
    expect(store.get('/unique/groups/name/v/web')?.value).toBe('sg-2')
  })
})

it('reads and writes several tables in one transaction', async () => {
  const counts = new Table<number>(store, 'counts')
  await table.put('c/p', creating)
  const seen = await store.transact((tx) => {
    table.updateIn(tx, 'c/p', (profile) => ({ ...profile, status: 'ACTIVE' }))
    counts.putIn(tx, 'c', table.list('c/').length)
    return [table.get('c/p')?.status, counts.get('c'), table.deleteIn(tx, 'c/q')]
  })
  expect(seen).toEqual(['ACTIVE', 1, undefined])
  expect([table.get('c/p')?.status, counts.get('c'), store.revision]).toEqual(['ACTIVE', 1, 2])
})

it('leaves every table as it was when a check throws after a write', async () => {
  const counts = new Table<number>(store, 'counts')
  await table.put('c/p', creating)
  const refused = store.transact((tx) => {
    table.deleteIn(tx, 'c/p')
    counts.putIn(tx, 'c', 0)
    throw new Error('in use')
  })
  await expect(refused).rejects.toThrow('in use')
  expect([table.get('c/p'), counts.get('c')]).toEqual([creating, undefined])
})

it('reads each version of a record once', async () => {
  await table.put('c/p', creating)
  const first = table.get('c/p')
  expect([table.get('c/p') === first, table.list()[0] === first]).toEqual([true, true])
  await table.put('c/p', creating)
  expect(table.get('c/p') === first).toBe(false)
})
