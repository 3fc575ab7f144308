import { describe, expect, it } from 'vitest'

import { SortedByKey } from './sorted-by-key.ts'

function listed(keys: SortedByKey<{ readonly key: string }>, prefix = '', startKey = ''): string[] {
  const found: string[] = []
  keys.each(prefix, startKey, ({ key }) => found.push(key))
  return found
}

/** Numbers that look random and are the same in each run. */
function sequence(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647)
}

describe('sorted keys', () => {
  it('are those that were added and not removed, in order, whatever the order of both', () => {
    const next = sequence(7)
    const keys = new SortedByKey()
    const expected = new Set<string>()
    for (let step = 0; step < 20_000; step += 1) {
      const key = `/${'abc'.charAt(next() % 3)}/${next() % 5_000}`
      if (next() % 3 === 0) {
        keys.remove(key)
        expected.delete(key)
      } else {
        keys.add({ key })
        expected.add(key)
      }
    }
    const all = [...expected].toSorted((a, b) => (a < b ? -1 : 1))
    expect(all.length).toBeGreaterThan(5_000)
    expect(listed(keys)).toEqual(all)
    for (const [prefix, start] of [
      ['/b/', ''],
      ['/b/', '/b/3'],
      ['/b/4', '/a/'],
      ['/b/', '/c/1'],
      ['/d/', ''],
      ['/a/1', '/a/12'],
    ] as const) {
      const wanted = all.filter((key) => key.startsWith(prefix) && key >= start)
      expect(listed(keys, prefix, start)).toEqual(wanted)
    }
    for (const key of all) keys.remove(key)
    expect(listed(keys)).toEqual([])
    keys.add({ key: 'x' })
    expect(listed(keys)).toEqual(['x'])
  })

  it('take a key in the midst of hundreds of thousands without moving them all', () => {
    const keys = new SortedByKey()
    for (let index = 0; index < 300_000; index += 1) keys.add({ key: `/${String(index).padStart(8, '0')}` })
    const startedAt = process.cpuUsage()
    for (let index = 0; index < 20_000; index += 1) keys.add({ key: `/0000001${index}` })
    const { user, system } = process.cpuUsage(startedAt)
    // A list of all of them takes seconds for this.
    expect((user + system) / 1000).toBeLessThan(1_000)
  })
})
