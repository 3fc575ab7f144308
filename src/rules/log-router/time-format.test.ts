import { expect, it } from 'vitest'

import { LogRouterRefusal } from './refusal.ts'
import { timeReader } from './time-format.ts'

it.each([
  ['%Y-%m-%dT%H:%M:%S.%L%z', '2026-05-04T03:02:01.123456789Z', '2026-05-04T03:02:01.123Z'],
  ['%Y-%m-%dT%H:%M:%S.%L%z', '2026-05-04T03:02:01.5+02:00', '2026-05-04T01:02:01.500Z'],
  ['%d/%b/%Y:%H:%M:%S %z', '04/May/2026:03:02:01 -0130', '2026-05-04T04:32:01.000Z'],
  ['%F %T', '2026-05-04 03:02:01', '2026-05-04T03:02:01.000Z'],
  ['%s.%L', '1777863721.25', '2026-05-04T03:02:01.250Z'],
])('reads by %s', (format, text, time) => {
  expect(new Date(timeReader(format)(text) ?? Number.NaN).toISOString()).toBe(time)
})

it('reads nothing of another form', () => {
  expect(timeReader('%F %T')('yesterday')).toBeUndefined()
})

it('refuses fields that it does not know', () => {
  expect(() => timeReader('%Y week %U')).toThrow(
    new LogRouterRefusal('notEmulated', '%U of Time_Format %Y week %U'),
  )
})
