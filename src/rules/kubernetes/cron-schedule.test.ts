import { describe, expect, test } from 'vitest'

import { nextTime, parseSchedule, ScheduleError } from './cron-schedule.ts'

function next(schedule: string, after: string, zone?: string): string | undefined {
  const found = nextTime(parseSchedule(schedule), Date.parse(after), zone)
  return found === undefined ? undefined : new Date(found).toISOString().replace(':00.000Z', 'Z')
}

// robfig/cron spec_test.go TestNext and TestActivation, in UTC unless a zone is named.
describe('the next time of', () => {
  test.each([
    ['0/15 * * * *', '2012-07-09T14:45:00Z', '2012-07-09T15:00Z'],
    ['0/15 * * * *', '2012-07-09T14:59:59Z', '2012-07-09T15:00Z'],
    ['20-35/15 * * * *', '2012-07-09T15:45:00Z', '2012-07-09T16:20Z'],
    ['*/15 * * * *', '2012-07-09T23:46:00Z', '2012-07-10T00:00Z'],
    ['20-35/15 * * * *', '2012-07-09T23:45:00Z', '2012-07-10T00:20Z'],
    ['0 0 9 Apr-Oct ?', '2012-07-09T23:35:00Z', '2012-08-09T00:00Z'],
    ['0 0 */5 Apr,Aug,Oct Mon', '2012-07-09T23:35:00Z', '2012-08-01T00:00Z'],
    ['0 0 */5 Oct Mon', '2012-07-09T23:35:00Z', '2012-10-01T00:00Z'],
    ['0 0 29 Feb ?', '2012-07-09T23:35:00Z', '2016-02-29T00:00Z'],
    ['0 0 31 12 *', '2012-12-31T23:35:00Z', '2013-12-31T00:00Z'],
    ['0 0 1,15 * Sun', '2012-07-10T00:00:00Z', '2012-07-15T00:00Z'],
    ['0 0 1,15 * Mon', '2012-07-14T01:00:00Z', '2012-07-15T00:00Z'],
    ['0 0 */2 * Sun', '2012-07-15T01:00:00Z', '2012-07-17T00:00Z'],
    ['@hourly', '2012-07-09T15:01:00Z', '2012-07-09T16:00Z'],
    ['@daily', '2012-07-09T15:01:00Z', '2012-07-10T00:00Z'],
    ['@weekly', '2012-07-09T15:01:00Z', '2012-07-15T00:00Z'],
    ['@monthly', '2012-07-09T15:01:00Z', '2012-08-01T00:00Z'],
    ['@yearly', '2012-07-09T15:01:00Z', '2013-01-01T00:00Z'],
    ['@every 1h30m', '2012-07-09T15:01:00Z', '2012-07-09T16:31Z'],
    ['TZ=UTC 0 4 * * *', '2012-07-09T15:01:00Z', '2012-07-10T04:00Z'],
  ])('%j after %s is %s', (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected)
  })

  test.each([
    ['30 8 * * *', 'Asia/Kolkata', '2026-01-01T00:00:00Z', '2026-01-01T03:00Z'],
    ['0 9 * * Mon', 'America/New_York', '2026-11-27T00:00:00Z', '2026-11-30T14:00Z'],
    // Spring: 2:30 is not there on the 29th. Autumn: it is there twice, and the first counts.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-30T00:30Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T00:30Z'],
    ['0 0 1 * *', 'America/Sao_Paulo', '2018-10-20T12:00:00Z', '2018-11-01T03:00Z'],
  ])('%j in %s after %s is %s', (schedule, zone, after, expected) => {
    expect(next(schedule, after, zone)).toBe(expected)
  })

  test('nothing, when the day never comes', () => {
    expect(next('0 0 30 Feb ?', '2012-07-09T00:00:00Z')).toBeUndefined()
    expect(next('0 0 31 Apr ?', '2012-07-09T00:00:00Z')).toBeUndefined()
  })
})

describe('schedules that cannot be read', () => {
  test.each([
    ['', 'empty spec string'],
    ['x', 'expected exactly 5 fields, found 1: [x]'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['61 * * * *', 'end of range (61) above maximum (59): 61'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-3 * * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ['* * * foo *', 'failed to parse int from foo: strconv.Atoi: parsing "foo": invalid syntax'],
    ['@never', 'unrecognized descriptor: @never'],
    ['@every 1x', 'failed to parse duration @every 1x: time: invalid duration "1x"'],
    ['TZ=0', 'invalid schedule format: runtime error: slice bounds out of range [:-1]'],
    ['TZ=Mars/X * * * * *', 'provided bad location Mars/X: unknown time zone Mars/X'],
  ])('%j', (schedule, message) => {
    expect(() => parseSchedule(schedule)).toThrow(new ScheduleError(message))
  })
})
