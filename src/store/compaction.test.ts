import { afterEach, beforeEach, expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { startCompaction } from './compaction.ts'
import { createMemoryStore } from './memory-store.ts'
import type { Store } from './store.ts'

const MINUTE_MS = 60_000

let store: Store
let supervisor: Supervisor
let clock: FakeClock

beforeEach(() => {
  store = createMemoryStore()
  supervisor = new Supervisor(silentLog)
  clock = new FakeClock()
})

afterEach(async () => {
  await supervisor.stop()
  await store.close()
})

async function write(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await store.commit({ operations: [{ type: 'put', key: 'a', value: String(index) }] })
}

it('keeps the history of the last minutes', async () => {
  startCompaction(store, { clock, log: silentLog, supervisor })
  await write(10)
  await clock.advance(MINUTE_MS)
  await write(5)
  await clock.advance(3.5 * MINUTE_MS)
  expect(store.compactedRevision).toBe(0)
  await clock.advance(1.5 * MINUTE_MS)
  await expect.poll(() => store.compactedRevision).toBe(10)
  await clock.advance(10 * MINUTE_MS)
  await expect.poll(() => store.compactedRevision).toBe(15)
})

it('keeps no more revisions than it may, however young they are', async () => {
  startCompaction(store, { clock, log: silentLog, supervisor, keepRevisions: 20 })
  await write(50)
  await clock.advance(MINUTE_MS)
  await expect.poll(() => store.compactedRevision).toBe(30)
})

it('ends with its supervisor', async () => {
  startCompaction(store, { clock, log: silentLog, supervisor, keepRevisions: 1 })
  await supervisor.stop()
  await write(5)
  await clock.advance(MINUTE_MS)
  expect(store.compactedRevision).toBe(0)
})
