import { expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { Table } from '../store/table.ts'
import { intervalSource, tableSource } from './table-source.ts'

it('wakes by records that are there, that change and that go', async () => {
  const table = new Table<{ cluster: string }>(createMemoryStore(), 'profiles')
  await table.put('c/p', { cluster: 'c' })
  const keys: string[] = []
  const end = tableSource(table).subscribe((key) => keys.push(key))
  await table.put('c/q', { cluster: 'c' })
  await table.delete('c/p')
  end()
  await table.put('c/r', { cluster: 'c' })
  expect(keys).toEqual(['c/p', 'c/q', 'c/p'])
})

it('wakes by keys made of the record', async () => {
  const table = new Table<{ cluster: string }>(createMemoryStore(), 'profiles')
  const keys: string[] = []
  tableSource(table, (key, { cluster }) => [cluster, key]).subscribe((key) => keys.push(key))
  await table.put('p', { cluster: 'c' })
  expect(keys).toEqual(['c', 'p'])
})

it('wakes again and again', async () => {
  const clock = new FakeClock()
  let wakes = 0
  const end = intervalSource(clock, 1000).subscribe(() => (wakes += 1))
  await clock.advance(3500)
  expect(wakes).toBe(4)
  end()
  await clock.advance(5000)
  expect(wakes).toBe(4)
})
