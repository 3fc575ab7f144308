import { expect, it } from 'vitest'

import { Ledger } from './ledger.ts'
import { seeded } from './random.ts'

const done = async (): Promise<void> => undefined
const cutOff = async (): Promise<void> => {
  throw new TypeError('socket hang up')
}

it('finds what was acknowledged and is lost, and what is neither before nor after', async () => {
  const ledger = new Ledger('group')
  await ledger.write('kept', 'a', done)
  await ledger.write('gone', 'a', done)
  await ledger.write('gone', undefined, done)
  await ledger.write('open', 'a', done)
  expect(await ledger.write('open', 'a,b', cutOff)).toBe(false)
  expect([ledger.acknowledged, ledger.unanswered]).toEqual([4, 1])
  const found = (entries: Record<string, string>) => ledger.faults(new Map(Object.entries(entries)))
  expect(found({ kept: 'a', open: 'a' })).toEqual([])
  expect(found({ kept: 'a', open: 'a,b' })).toEqual([])
  expect(found({ gone: 'a', open: 'b' })).toEqual([
    'group kept was acknowledged as a, and is found as absent',
    'group gone was acknowledged as absent, and is found as a',
    'group open is half made, may be a or a,b, and is found as b',
  ])
})

it('draws the same again from the same seed, and something else from another', () => {
  const draws = (seed: number): number[] => Array.from({ length: 5 }, seeded(seed))
  expect(draws(7)).toEqual(draws(7))
  expect(draws(7)).not.toEqual(draws(8))
  for (const draw of Array.from({ length: 1000 }, seeded(1))) {
    expect(draw).toBeGreaterThanOrEqual(0)
    expect(draw).toBeLessThan(1)
  }
})
