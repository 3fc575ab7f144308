import { beforeEach, describe, expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { WorkQueue } from './work-queue.ts'

let clock: FakeClock
let queue: WorkQueue

beforeEach(() => {
  clock = new FakeClock()
  queue = new WorkQueue(clock, () => undefined)
})

function takeAll(): string[] {
  const keys: string[] = []
  for (let key = queue.take(); key !== undefined; key = queue.take()) keys.push(key)
  return keys
}

it('gives each key once, oldest first', () => {
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key)
  expect(queue.length).toBe(3)
  expect(takeAll()).toEqual(['a', 'b', 'c'])
})

it('holds a key back while it is in flight, and gives it once more after', () => {
  queue.add('a')
  expect(queue.take()).toBe('a')
  queue.add('a')
  queue.add('a')
  expect(queue.take()).toBeUndefined()
  queue.done('a')
  expect(takeAll()).toEqual(['a'])
  queue.done('a')
  expect(takeAll()).toEqual([])
})

it('says when there is something to take', () => {
  let calls = 0
  queue = new WorkQueue(clock, () => (calls += 1))
  queue.add('a')
  queue.take()
  queue.add('a')
  expect(calls).toBe(1)
  queue.done('a')
  expect(calls).toBe(2)
})

describe('delays', () => {
  it('counts the shortest of several', async () => {
    queue.addAfter('a', 1000)
    queue.addAfter('a', 100)
    queue.addAfter('a', 500)
    await clock.advance(99)
    expect(takeAll()).toEqual([])
    await clock.advance(1)
    expect(takeAll()).toEqual(['a'])
    queue.done('a')
    await clock.advance(10_000)
    expect(takeAll()).toEqual([])
  })

  it('are forgotten by the pass that begins before they end', async () => {
    queue.addAfter('a', 100)
    queue.add('a')
    expect(takeAll()).toEqual(['a'])
    queue.done('a')
    await clock.advance(100)
    expect(takeAll()).toEqual([])
  })

  it('adds at once when there is none', () => {
    queue.addAfter('a', 0)
    expect(takeAll()).toEqual(['a'])
  })
})

describe('retries', () => {
  it('wait twice as long each time, half a minute at most, from the start again once forgotten', () => {
    const delays = Array.from({ length: 15 }, () => queue.retry('a'))
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40])
    expect(delays.slice(-2)).toEqual([30_000, 30_000])
    queue.forget('a')
    expect(queue.retry('a')).toBe(5)
  })

  it('are counted for each key', () => {
    queue.retry('a')
    expect([queue.retry('a'), queue.retry('b')]).toEqual([10, 5])
  })
})

it('takes nothing more once closed', async () => {
  queue.addAfter('a', 10)
  queue.add('b')
  queue.close()
  queue.add('c')
  await clock.advance(10)
  expect(takeAll()).toEqual([])
})

describe('rest after a pass', () => {
  it('makes one pass of what comes meanwhile, and none of nothing', async () => {
    queue.add('a')
    takeAll()
    queue.add('a')
    queue.done('a', 100)
    queue.add('a')
    await clock.advance(99)
    expect(takeAll()).toEqual([])
    await clock.advance(1)
    expect(takeAll()).toEqual(['a'])
    queue.done('a', 100)
    await clock.advance(100)
    expect(takeAll()).toEqual([])
  })

  it('holds up no other key', () => {
    queue.add('a')
    takeAll()
    queue.done('a', 100)
    queue.add('b')
    expect(takeAll()).toEqual(['b'])
  })
})
