import { describe, expect, it } from 'vitest'

import { age, formatPairs, humanDuration } from './columns.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('humanDuration', () => {
  // apimachinery pkg/util/duration/duration_test.go
  it.each([
    [0, '0s'],
    [SECOND, '1s'],
    [119 * SECOND, '119s'],
    [2 * MINUTE, '2m'],
    [2 * MINUTE + SECOND, '2m1s'],
    [9 * MINUTE + 59 * SECOND, '9m59s'],
    [10 * MINUTE, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR, '3h'],
    [3 * HOUR + MINUTE, '3h1m'],
    [8 * HOUR, '8h'],
    [47 * HOUR, '47h'],
    [2 * DAY, '2d'],
    [2 * DAY + HOUR, '2d1h'],
    [8 * DAY, '8d'],
    [700 * DAY, '700d'],
    [2 * 365 * DAY, '2y'],
    [2 * 365 * DAY + DAY, '2y1d'],
    [9 * 365 * DAY, '9y'],
    [-SECOND, '0s'],
    [-5 * SECOND, '<invalid>'],
  ])('%i ms is %s', (milliseconds, expected) => {
    expect(humanDuration(milliseconds)).toBe(expected)
  })
})

it('does not know the age of what has no time', () => {
  expect(age(undefined, 0)).toBe('<unknown>')
  expect(age('1970-01-01T00:00:00Z', 5000)).toBe('5s')
})

it('prints pairs in order of key', () => {
  expect(formatPairs({ b: '2', a: '1' })).toBe('a=1,b=2')
  expect(formatPairs({ a: 'b', 'a/b': 'c' })).toBe('a/b=c,a=b')
  expect(formatPairs({})).toBe('<none>')
})
