import { describe, expect, it } from 'vitest'

import { FakeClock } from '../../base/testing/fake-clock.ts'
import { deadlineMs, parseGoDuration, withDeadline } from './deadline.ts'

it.each([
  ['0', 0],
  ['1s', 1000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['-2ms', -2],
  ['100us', 0.1],
  ['', undefined],
  ['1', undefined],
  ['x', undefined],
  ['1d', undefined],
])('reads %j as Go does', (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms)
})

it.each([
  ['', false, 60_000],
  ['', true, 34_000],
  ['timeout=5s', true, 5000],
  ['timeout=10m', false, 60_000],
  ['timeout=0', false, 60_000],
])('%j of a write (%s) may take %d ms', (query, isWrite, ms) => {
  expect(deadlineMs(new URLSearchParams(query), isWrite)).toBe(ms)
})

describe('a deadline', () => {
  it('answers for a task that takes too long', async () => {
    const clock = new FakeClock()
    const answer = withDeadline(clock, 1000, () => new Promise<never>(() => undefined))
    const refused = expect(answer).rejects.toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: 'Timeout: request did not complete within requested timeout - context deadline exceeded',
    })
    await clock.advance(1000)
    await refused
  })

  it('has no say in one that is in time', async () => {
    const clock = new FakeClock()
    expect(await withDeadline(clock, 1000, async () => 'done')).toBe('done')
    await clock.advance(2000)
  })
})
