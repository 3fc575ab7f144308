import { expect, it } from 'vitest'

import { captured } from '../terminal/testing/captured.ts'
import { lineForPeople } from './log-line.ts'

const { terminal } = captured()
const line = JSON.stringify({
  time: '2026-11-27T12:01:02.345Z',
  level: 'warn',
  message: 'slow disk',
  ms: 20,
  path: 'a b',
})

it('puts time, level, message and fields into a line', () => {
  expect(lineForPeople(line, 'info', terminal)).toBe('12:01:02 warn  slow disk ms=20 path=a b')
})

it.each([
  ['warn', true],
  ['error', false],
] as const)('shows what is as grave as %s: %s', (least, isShown) => {
  expect(lineForPeople(line, least, terminal) !== undefined).toBe(isShown)
})

it('keeps what is no entry', () => {
  expect(lineForPeople('node: out of memory', 'error', terminal)).toBe('node: out of memory')
})
