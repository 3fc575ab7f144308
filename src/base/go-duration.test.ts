import { expect, test } from 'vitest'

import { parseGoDuration } from './go-duration.ts'

test.each([
  ['0', 0],
  ['5s', 5000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['1m500ms', 60_500],
  ['-2m', -120_000],
  ['+2us', 0.002],
])('%j is %j ms', (text, expected) => {
  expect(parseGoDuration(text)).toBe(expected)
})

test.each(['', '5', 's', '1d', '1h 2m', '.s', '1,5h', '--1s'])('%j is no duration', (text) => {
  expect(parseGoDuration(text)).toBeUndefined()
})
