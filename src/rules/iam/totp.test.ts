import { expect, test } from 'vitest'

import { encodeBase32, isPairOfCodes, matchesTotp, totp } from './totp.ts'

// RFC 6238, appendix B: the last six digits, for the seed "12345678901234567890".
const SEED = encodeBase32(Buffer.from('12345678901234567890'))

test.each([
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
])('at %i s the code is %s', (seconds, code) => {
  expect(totp(SEED, seconds * 1000)).toBe(code)
})

test('a seed is written in base 32', () => {
  expect(SEED).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
})

test('the code of the step before and after are taken, no others', () => {
  const nowMs = 1_234_567_890_000
  const at = (steps: number): boolean => matchesTotp(SEED, totp(SEED, nowMs + steps * 30_000), nowMs)
  expect([-2, -1, 0, 1, 2].map(at)).toEqual([false, true, true, true, false])
})

test('a device is enabled by two codes in a row', () => {
  const nowMs = 1_234_567_890_000
  const code = (steps: number): string => totp(SEED, nowMs + steps * 30_000)
  expect(isPairOfCodes(SEED, [code(-1), code(0)], nowMs)).toBe(true)
  expect(isPairOfCodes(SEED, [code(0), code(-1)], nowMs)).toBe(false)
  expect(isPairOfCodes(SEED, [code(0), code(0)], nowMs)).toBe(false)
})
