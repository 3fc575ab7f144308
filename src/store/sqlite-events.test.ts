import { mkdtemp, rm, stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { EventStore, StoredEvent } from './event-store.ts'
import { openEvents } from './sqlite-events.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'events-'))
  path = join(directory, 'events.db')
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

function messages(events: Iterable<StoredEvent>): string[] {
  return [...events].map(({ message }) => message)
}

function at(...times: number[]) {
  return times.map((timestampMs) => ({ timestampMs, message: `t${timestampMs}` }))
}

describe.each([
  ['on disk', () => path],
  ['in memory', () => ':memory:'],
])('events %s', (_, where) => {
  let events: EventStore
  beforeEach(async () => {
    events = await openEvents(where())
  })
  afterEach(async () => {
    await events.close()
  })

  it('come in the order of time, then of arrival, whatever the order of writing', async () => {
    await events.append('a', at(20, 30), 1)
    await events.append('a', at(10, 20), 2)
    expect(messages(events.read({ streams: ['a'] }))).toEqual(['t10', 't20', 't20', 't30'])
    expect([...events.read({ streams: ['a'] })].map(({ ingestedAtMs }) => ingestedAtMs)).toEqual([2, 1, 2, 1])
    expect(messages(events.read({ streams: ['a'], backwards: true }))).toEqual(['t30', 't20', 't20', 't10'])
  })

  it('are read by stream and time, from a place on', async () => {
    await events.append('a', at(1, 2, 3, 4, 5), 1)
    await events.append('b', at(3), 1)
    expect(messages(events.read({ streams: ['a'], fromMs: 2, toMs: 4 }))).toEqual(['t2', 't3'])
    expect(messages(events.read({ streams: ['a', 'b'], fromMs: 3, toMs: 4 }))).toEqual(['t3', 't3'])
    expect(messages(events.read({ streams: ['c'] }))).toEqual([])
    const third = [...events.read({ streams: ['a'] })][2]
    expect(messages(events.read({ streams: ['a'], after: third! }))).toEqual(['t4', 't5'])
    expect(messages(events.read({ streams: ['a'], after: third!, backwards: true }))).toEqual(['t2', 't1'])
  })

  it('say what a stream holds', async () => {
    await events.append('a', at(20, 30), 7)
    await events.append('a', at(10), 8)
    expect(events.extentOf('a')).toEqual({ firstMs: 10, lastMs: 30, lastIngestedMs: 8, bytes: 9 + 3 * 26 })
    expect([events.extentOf('b'), events.streams()]).toEqual([undefined, ['a']])
  })

  it('go by stream, all or those before a time', async () => {
    await events.append('a', at(1, 2, 3), 1)
    await events.append('b', at(1), 1)
    await events.drop('a', 3)
    expect(messages(events.read({ streams: ['a', 'b'] }))).toEqual(['t1', 't3'])
    await events.drop('a')
    expect(events.streams()).toEqual(['b'])
  })

  it('take no more once closed', async () => {
    const other = await openEvents(':memory:')
    await other.close()
    await expect(other.append('a', at(1), 1)).rejects.toMatchObject({ code: 'Closed' })
  })
})

it('are there again after opening the file, in one order with what comes then', async () => {
  const first = await openEvents(path)
  await Promise.all([first.append('a', at(1), 1), first.append('a', at(1), 2), first.append('b', at(2), 3)])
  await first.close()
  const second = await openEvents(path)
  await second.append('a', at(1), 4)
  const ingested = [...second.read({ streams: ['a'] })].map(({ ingestedAtMs }) => ingestedAtMs)
  expect(ingested).toEqual([1, 2, 4])
  await second.close()
})

it('forget the oldest arrivals beyond the size, and count over an opening', async () => {
  const message = 'x'.repeat(74)
  const batch = (stream: string) =>
    [stream, Array.from({ length: 10 }, (_, index) => ({ timestampMs: index, message }))] as const
  let events = await openEvents(path, { maxBytes: 16_000 })
  for (let count = 0; count < 16; count += 1) await events.append(...batch(`s${count}`), count)
  expect(events.streams()).toHaveLength(16)
  await events.close()
  events = await openEvents(path, { maxBytes: 16_000 })
  await events.append(...batch('s99'), 99)
  const left = events.streams()
  expect(left).not.toContain('s0')
  expect(left).toContain('s15')
  expect([...events.read({ streams: ['s99'] })]).toHaveLength(10)
  const total = left.reduce((sum, stream) => sum + (events.extentOf(stream)?.bytes ?? 0), 0)
  expect(total).toBeLessThanOrEqual(16_000)
  await events.close()
})

it('give their room back to the disk', async () => {
  const events = await openEvents(path)
  const message = 'x'.repeat(10_000)
  for (let count = 0; count < 20; count += 1) {
    await events.append(
      'a',
      Array.from({ length: 50 }, () => ({ timestampMs: count, message })),
      1,
    )
  }
  await events.drop('a')
  await events.close()
  expect((await stat(path)).size).toBeLessThan(1_000_000)
})

it('are for one process, for its owner alone, and of one format', async () => {
  const events = await openEvents(path)
  for (const file of [path, `${path}-wal`]) expect((await stat(file)).mode & 0o077).toBe(0)
  await expect(openEvents(path)).rejects.toMatchObject({ code: 'Locked' })
  await events.close()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 99')
  database.close()
  await expect(openEvents(path)).rejects.toMatchObject({ code: 'Corrupt' })
})
