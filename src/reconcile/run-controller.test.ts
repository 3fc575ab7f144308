import { afterEach, beforeEach, expect, it } from 'vitest'

import { StatusError } from '../base/errors.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { createLog, silentLog, type Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import type { Controller, Source } from './controller.ts'
import { runController } from './run-controller.ts'

let clock: FakeClock
let supervisor: Supervisor
let wake: (key: string) => void
let ended: boolean

/** Wakes by hand. */
const source: Source = {
  subscribe(enqueue) {
    wake = enqueue
    return () => (ended = true)
  },
}

beforeEach(() => {
  clock = new FakeClock()
  supervisor = new Supervisor(silentLog)
  ended = false
})

afterEach(async () => {
  await supervisor.stop()
})

function run(controller: Omit<Controller, 'name' | 'sources'>, log: Log = silentLog): void {
  runController({ name: 'test', sources: [source], ...controller }, { clock, log, supervisor })
}

it('makes one pass of many changes in one turn', async () => {
  const passes: string[] = []
  run({
    reconcile: async (key) => {
      passes.push(key)
    },
  })
  for (const key of ['a', 'b', 'a', 'a']) wake(key)
  await expect.poll(() => passes).toEqual(['a', 'b'])
})

it('never works on one key twice at once, and on no more keys than it may', async () => {
  const running = new Map<string, number>()
  let most = 0
  let passes = 0
  run({
    concurrency: 3,
    reconcile: async (key) => {
      running.set(key, (running.get(key) ?? 0) + 1)
      expect(running.get(key)).toBe(1)
      most = Math.max(
        most,
        [...running.values()].reduce((sum, count) => sum + count),
      )
      await new Promise((resolve) => setImmediate(resolve))
      running.set(key, 0)
      passes += 1
    },
  })
  for (let round = 0; round < 20; round += 1) {
    for (const key of ['a', 'b', 'c', 'd', 'e']) wake(key)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await expect.poll(() => [...running.values()]).toEqual([0, 0, 0, 0, 0])
  expect(most).toBe(3)
  expect(passes).toBeGreaterThan(5)
})

it('retries a failed pass with growing delays until it succeeds', async () => {
  const times: number[] = []
  run({
    reconcile: async () => {
      times.push(clock.now())
      if (times.length < 4) throw new Error('not yet')
    },
  })
  const startedAt = clock.now()
  wake('a')
  for (let length = 1; length <= 4; length += 1) {
    await expect.poll(() => times.length).toBe(length)
    await clock.advance(5 * 2 ** (length - 1))
  }
  expect(times.map((time) => time - startedAt)).toEqual([0, 5, 15, 35])
  await clock.advance(60_000)
  expect(times).toHaveLength(4)
})

it('comes back when a pass asks for it', async () => {
  let passes = 0
  run({
    reconcile: async () => {
      passes += 1
      return passes < 3 ? { requeueAfterMs: 1000 } : undefined
    },
  })
  wake('a')
  for (let expected = 1; expected <= 3; expected += 1) {
    await expect.poll(() => passes).toBe(expected)
    await clock.advance(1000)
  }
  await clock.advance(10_000)
  expect(passes).toBe(3)
})

it('logs failures with their key, and lost races only for debugging', async () => {
  const lines: string[] = []
  const failures = [new StatusError('Conflict', 'too late'), new Error('boom')]
  const log = createLog({ write: (line) => lines.push(line), clock })
  run({ reconcile: () => Promise.reject(failures.shift() ?? new Error('once more')) }, log)
  wake('ns/a')
  await expect.poll(() => failures.length).toBe(1)
  await clock.advance(5)
  await expect.poll(() => lines.length).toBe(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warn',
    controller: 'test',
    key: 'ns/a',
    retryMs: 10,
  })
  expect(lines[0]).toContain('boom')
})

it('waits for passes under way when it is stopped, and begins no other', async () => {
  const passes: string[] = []
  let finish: () => void = () => undefined
  run({
    reconcile: async (key) => {
      await new Promise<void>((resolve) => (finish = resolve))
      passes.push(key)
    },
  })
  wake('a')
  wake('b')
  await new Promise((resolve) => setImmediate(resolve))
  let stopped = false
  const stopping = supervisor.stop().then(() => (stopped = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect([stopped, ended]).toEqual([false, true])
  finish()
  await stopping
  expect(passes).toEqual(['a'])
})

it('lets a key rest four times as long as its pass took, 200 ms at most', async () => {
  const passes: number[] = []
  run({
    reconcile: async () => {
      passes.push(clock.now())
      await clock.sleep(passes.length === 1 ? 10 : 1000)
    },
  })
  wake('a')
  await expect.poll(() => passes.length).toBe(1)
  const [first = 0] = passes
  await clock.advance(10)
  wake('a')
  await clock.advance(39)
  expect(passes).toHaveLength(1)
  await clock.advance(1)
  await expect.poll(() => passes).toEqual([first, first + 50])
  wake('a')
  await clock.advance(1000)
  await clock.advance(199)
  expect(passes).toHaveLength(2)
  await clock.advance(1)
  await expect.poll(() => passes.length).toBe(3)
  await clock.advance(1000)
})
