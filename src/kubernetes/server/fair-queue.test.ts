import { setImmediate as turn } from 'node:timers/promises'

import { expect, it } from 'vitest'

import { FairQueue } from './fair-queue.ts'

/** A queue whose tasks each take a millisecond of a clock of its own. */
function scene(): {
  queue: FairQueue
  run: (flow: string, exempt?: boolean) => Promise<void>
  order: string[]
} {
  let now = 0
  const queue = new FairQueue(() => now)
  const order: string[] = []
  const run = (flow: string, exempt = false): Promise<void> =>
    queue.run({ key: flow, maximumWaiting: exempt ? Infinity : 300 }, async () => {
      now += 1
      order.push(flow)
    })
  return { queue, run, order }
}

it('serves at once while nobody waits', async () => {
  const { run, order } = scene()
  const one = run('a')
  expect(order).toEqual(['a'])
  await one
})

it('takes turns: who asks once waits for one of the flood, not for all of it', async () => {
  const { run, order } = scene()
  const flood = Array.from({ length: 100 }, () => run('flood'))
  const light = [run('light'), run('other')]
  await Promise.all([...flood, ...light])
  expect(order).toHaveLength(102)
  expect(order.indexOf('light')).toBeLessThan(4)
  expect(order.indexOf('other')).toBeLessThan(5)
})

it('lets connections be looked at between turns', async () => {
  const { run, order } = scene()
  const flood = Array.from({ length: 100 }, () => run('flood'))
  await turn()
  const soFar = order.length
  expect(soFar).toBeLessThan(20)
  await run('late')
  expect(order.indexOf('late')).toBeLessThan(soFar + 10)
  await Promise.all(flood)
})

it('refuses what waits in too long a line, but never the exempt', async () => {
  const { run } = scene()
  const settled = await Promise.allSettled(Array.from({ length: 400 }, () => run('flood')))
  const refused = settled.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(99)
  expect(refused[0]).toMatchObject({
    reason: {
      code: 429,
      message: 'Too many requests, please try again later.',
      details: { retryAfterSeconds: 1 },
    },
  })
  const exempt = await Promise.allSettled(Array.from({ length: 400 }, () => run('admin', true)))
  expect(exempt.every(({ status }) => status === 'fulfilled')).toBe(true)
})

it('has so many seats and no more', async () => {
  const queue = new FairQueue(() => 0)
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  let active = 0
  let most = 0
  const tasks = Array.from({ length: 1000 }, () =>
    queue.run({ key: 'a', maximumWaiting: Infinity }, async () => {
      active += 1
      most = Math.max(most, active)
      await gate
      active -= 1
    }),
  )
  await turn()
  await turn()
  expect(most).toBe(600)
  open()
  await Promise.all(tasks)
  expect(most).toBe(600)
})
