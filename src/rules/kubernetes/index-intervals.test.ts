import { describe, expect, test } from 'vitest'

import {
  common,
  countIndexes,
  firstMissing,
  formatIndexes,
  hasIndex,
  IndexesError,
  intervalsOf,
  merge,
  parseIndexes,
  readIndexes,
} from './index-intervals.ts'

describe('texts of indexes', () => {
  test.each([
    ['', []],
    ['0', [[0, 0]]],
    [
      '1,3-5,7',
      [
        [1, 1],
        [3, 5],
        [7, 7],
      ],
    ],
    ['0,1', [[0, 1]]],
  ])('%j is read', (text, expected) => {
    expect(parseIndexes(text, 10)).toEqual(expected)
  })

  test.each([
    ['0-9', 'too large index: "9"'],
    ['10', 'too large index: "10"'],
    ['a', 'cannot convert string to integer for index: "a"'],
    ['1-', 'cannot convert string to integer for index: ""'],
    ['3,2', 'non-increasing order, previous: 3, current: 2'],
    ['3-3', 'non-increasing order, previous: 3, current: 3'],
    [
      '1-2-3',
      `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
    ],
  ])('%j is refused', (text, message) => {
    expect(() => parseIndexes(text, 9)).toThrow(new IndexesError(message))
  })

  test.each([
    ['0,2,4-9', 6, '0,2,4,5'],
    ['x,1', 6, '1'],
    ['0-2,3', 6, '0-3'],
    [undefined, 6, ''],
  ])('a status of %j with completions %i counts as %j', (text, completions, expected) => {
    expect(formatIndexes(readIndexes(text, completions))).toBe(expected)
  })
})

describe('sets of indexes', () => {
  // Some 500 sets, against plain sets of numbers.
  test('behave as sets do', () => {
    let state = 7
    const random = (n: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((state / 2_147_483_648) * n)
    }
    const draw = (): Set<number> => new Set(Array.from({ length: random(9) }, () => random(12)))
    for (let round = 0; round < 500; round += 1) {
      const [a, b] = [draw(), draw()]
      const [x, y] = [intervalsOf(a), intervalsOf(b)]
      expect(merge(x, y)).toEqual(intervalsOf(a.union(b)))
      expect(countIndexes(x)).toBe(a.size)
      expect(countIndexes(common(x, y))).toBe(a.intersection(b).size)
      expect(parseIndexes(formatIndexes(x), 12)).toEqual(x)
      for (let index = 0; index < 13; index += 1) expect(hasIndex(x, index)).toBe(a.has(index))
      const missing = Array.from({ length: 12 }, (_, i) => i).filter((i) => !a.has(i))
      expect(firstMissing(x, 4, 12)).toEqual(missing.slice(0, 4))
    }
  })
})
