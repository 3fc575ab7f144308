import { describe, expect, test } from 'vitest'

import { instantOf, isTimeZone, wallClock, zoneOffsetMs } from './wall-clock.ts'

const at = (text: string): number => Date.parse(text)

describe('the clock on the wall', () => {
  test.each([
    ['2026-11-27T01:02:03Z', undefined, { year: 2026, month: 11, day: 27, hour: 1, minute: 2, weekday: 5 }],
    [
      '2026-01-01T03:00:00Z',
      'America/New_York',
      { year: 2025, month: 12, day: 31, hour: 22, minute: 0, weekday: 3 },
    ],
    [
      '2026-06-01T20:00:00Z',
      'Asia/Kolkata',
      { year: 2026, month: 6, day: 2, hour: 1, minute: 30, weekday: 2 },
    ],
  ])('at %s in %s shows %j', (moment, zone, shown) => {
    expect(wallClock(at(moment), zone)).toEqual(shown)
    expect(new Date(instantOf(shown, zone)).toISOString().slice(0, 16)).toBe(moment.slice(0, 16))
  })

  test('shows an hour twice in autumn: the first one is meant', () => {
    const shown = { year: 2026, month: 10, day: 25, hour: 2, minute: 30 }
    expect(instantOf(shown, 'Europe/Berlin')).toBe(at('2026-10-25T00:30:00Z'))
  })

  test('skips an hour in spring: the time before the jump counts', () => {
    const shown = { year: 2026, month: 3, day: 29, hour: 2, minute: 30 }
    expect([at('2026-03-29T00:30:00Z'), at('2026-03-29T01:30:00Z')]).toContain(
      instantOf(shown, 'Europe/Berlin'),
    )
  })

  test('runs over at the end of months and years', () => {
    expect(instantOf({ year: 2026, month: 13, day: 1, hour: 0, minute: 0 })).toBe(at('2027-01-01T00:00:00Z'))
  })

  test('is ahead or behind by the season', () => {
    expect(zoneOffsetMs(at('2026-01-01T00:00:00Z'), 'Europe/Berlin')).toBe(3_600_000)
    expect(zoneOffsetMs(at('2026-07-01T00:00:00Z'), 'Europe/Berlin')).toBe(7_200_000)
  })
})

test.each([
  ['UTC', true],
  ['Europe/Berlin', true],
  ['America/Argentina/Buenos_Aires', true],
  ['Mars/X', false],
  ['+01:00', false],
  ['', false],
])('%j is a time zone: %j', (zone, expected) => {
  expect(isTimeZone(zone)).toBe(expected)
})
