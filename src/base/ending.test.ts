import { beforeEach, describe, expect, it } from 'vitest'

import { ending } from './ending.ts'
import { createLog, type Log } from './log.ts'
import { FakeClock } from './testing/fake-clock.ts'

let clock: FakeClock
let log: Log
let lines: object[]

beforeEach(() => {
  clock = new FakeClock()
  lines = []
  log = createLog({ clock, write: (line) => lines.push(JSON.parse(line) as object) })
})

describe('ending', () => {
  it('waits for a part that ends, and says nothing', async () => {
    let ended = false
    await ending('edge', async () => void (ended = true), { clock, log })()
    expect([ended, lines]).toEqual([true, []])
  })

  it('goes on without a part whose time is over, and names it with what it still does', async () => {
    const hanging = ending('agents', () => new Promise(() => undefined), {
      clock,
      log,
      limitMs: 500,
      pending: () => ['pod a', 'pod b'],
    })()
    let over = false
    void hanging.then(() => (over = true))
    await clock.advance(499)
    expect(over).toBe(false)
    await clock.advance(1)
    expect(over).toBe(true)
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'error',
        message: 'agents did not end in time',
        limitMs: 500,
        pending: ['pod a', 'pod b'],
      }),
    ])
  })

  it.each([
    ['rejects', () => Promise.reject(new TypeError('broken'))],
    [
      'throws',
      () => {
        throw new TypeError('broken')
      },
    ],
  ])('tells a part that %s, and goes on', async (_, end) => {
    await ending('plane', end, { clock, log })()
    expect(lines).toEqual([
      expect.objectContaining({ message: 'plane failed to end', error: expect.stringContaining('broken') }),
    ])
  })

  it('ends the rest of a stack all the same, in reverse order', async () => {
    const order: string[] = []
    const stack = new AsyncDisposableStack()
    const part = (name: string, end: () => Promise<void>): void =>
      stack.defer(
        ending(
          name,
          () => {
            order.push(name)
            return end()
          },
          { clock, log },
        ),
      )
    part('store', async () => undefined)
    part('network', () => new Promise(() => undefined))
    part('services', () => Promise.reject(new TypeError('broken')))
    const disposed = stack.disposeAsync()
    // The services have ended; then the network's time begins.
    await clock.advance(0)
    await clock.advance(2000)
    await disposed
    expect(order).toEqual(['services', 'network', 'store'])
  })
})
