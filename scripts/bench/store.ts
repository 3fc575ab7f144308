// Measures the store: durable writes, watch fan-out, and a plain node:sqlite loop beside them for comparison.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'

import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { Figure } from './figure.ts'

// About the size of a pod with its managed fields.
const VALUE = 'x'.repeat(2048)
const KEYS = 200
const WATCHERS = 100

/** Figures of the store on this machine; each part takes about a second. */
export async function benchStore(): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-store-'))
  try {
    const plain = plainLoop(join(directory, 'plain.db'), 1000)
    const store = await openStore({ directory: join(directory, 'store'), clock: systemClock, log: silentLog })
    const single = await writesPerSecond(store, { writers: 1, each: 1000 })
    const many = await writesPerSecond(store, { writers: 64, each: 200 })
    const fanOut = await fanOutPerSecond(store, 500)
    await store.close()
    return [
      {
        name: 'store.plain-sqlite',
        value: Math.round(plain),
        unit: 'writes/s',
        note: 'one transaction a write',
      },
      { name: 'store.writes.concurrency-1', value: Math.round(single), unit: 'writes/s' },
      { name: 'store.writes.concurrency-64', value: Math.round(many), unit: 'writes/s' },
      ratio('store.writes.concurrency-1.ratio', single / plain),
      ratio('store.writes.concurrency-64.ratio', many / plain),
      {
        name: 'store.watch.fan-out',
        value: Math.round(fanOut),
        unit: 'events/s',
        note: `${WATCHERS} watchers, delivered events`,
      },
    ]
  } finally {
    await rm(directory, { recursive: true })
  }
}

function ratio(name: string, value: number): Figure {
  return {
    name,
    value: Math.round(value * 100) / 100,
    unit: 'x',
    note: 'of plain node:sqlite in the same run',
  }
}

function plainLoop(path: string, writes: number): number {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  database.exec('CREATE TABLE entry (key TEXT PRIMARY KEY, value TEXT)')
  const statement = database.prepare('INSERT OR REPLACE INTO entry VALUES (?, ?)')
  const startedAt = performance.now()
  for (let index = 0; index < writes; index += 1) statement.run(`/k/${index % KEYS}`, VALUE)
  const seconds = (performance.now() - startedAt) / 1000
  database.close()
  return writes / seconds
}

async function writesPerSecond(
  store: Store,
  { writers, each }: { writers: number; each: number },
): Promise<number> {
  const write = async (writer: number): Promise<void> => {
    for (let index = 0; index < each; index += 1) {
      const key = `/k/${(writer * each + index) % KEYS}`
      await store.commit({ operations: [{ type: 'put', key, value: VALUE }] })
    }
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return (writers * each) / ((performance.now() - startedAt) / 1000)
}

async function fanOutPerSecond(store: Store, commits: number): Promise<number> {
  let delivered = 0
  const ends = Array.from({ length: WATCHERS }, () =>
    store.watch({ prefix: '/fan/' }, () => {
      delivered += 1
    }),
  )
  const startedAt = performance.now()
  const writes = Array.from({ length: commits }, (_, index) =>
    store.commit({ operations: [{ type: 'put', key: `/fan/${index}`, value: VALUE }] }),
  )
  await Promise.all(writes)
  const seconds = (performance.now() - startedAt) / 1000
  for (const end of ends) end()
  if (delivered !== commits * WATCHERS)
    throw new Error(`${delivered} of ${commits * WATCHERS} events delivered`)
  return delivered / seconds
}
