import { expect, it } from 'vitest'

import { until } from '../network/testing/test-target.ts'
import { createMemoryStore } from './memory-store.ts'
import { scopedStore } from './scoped-store.ts'
import type { Commit } from './store.ts'
import { Table } from './table.ts'

it('keeps owners apart that use the same names', async () => {
  const whole = createMemoryStore()
  const [one, two] = [scopedStore(whole, '/regions/one'), scopedStore(whole, '/regions/two')]
  const unique = { unique: { name: ({ name }: { name: string }) => name } }
  const tables = [whole, one, two].map((store) => new Table<{ name: string }, 'name'>(store, 'vpcs', unique))
  for (const table of tables) expect(await table.create('vpc-1', { name: 'main' })).toBe(true)
  await tables[1]?.delete('vpc-1')
  expect(tables.map((table) => table.list())).toEqual([[{ name: 'main' }], [], [{ name: 'main' }]])
  expect(tables.map((table) => table.find('name', 'main')?.name)).toEqual(['main', undefined, 'main'])
})

it('tells a watch of its own part alone, by its own keys', async () => {
  const whole = createMemoryStore()
  const [one, two] = [scopedStore(whole, '/regions/one'), scopedStore(whole, '/regions/two')]
  const seen: Commit[] = []
  const end = one.watch({ prefix: '/a/' }, (commit) => void seen.push(commit))
  await two.commit({ operations: [{ type: 'put', key: '/a/1', value: '2' }] })
  await one.commit({ operations: [{ type: 'put', key: '/a/1', value: '1' }] })
  await one.commit({ operations: [{ type: 'delete', key: '/a/1' }] })
  await until('two commits', () => seen.length === 2)
  end()
  const entry = { key: '/a/1', value: '1' }
  expect(seen.flatMap(({ changes }) => changes)).toMatchObject([
    { type: 'put', entry, previous: undefined },
    { type: 'delete', key: '/a/1', previous: entry },
  ])
})
