import { expect, test } from 'vitest'

import { awaitedBy, conditionVerdict, durationMs, type Signal, verdictOf } from './signals.ts'

const good = (uniqueId: string): Signal => ({ uniqueId, isSuccess: true })
const bad = (uniqueId: string, reason?: string): Signal => ({
  uniqueId,
  isSuccess: false,
  ...(reason === undefined ? {} : { reason }),
})

test.each([
  ['PT15M', 900_000],
  ['PT1H30M10S', 5_410_000],
  ['P1DT1S', 86_401_000],
  ['PT0.5S', 500],
])('%s is %d ms', (text, ms) => expect(durationMs(text, 0)).toBe(ms))

test.each(['', 'P', 'PT', '15', 'PT15', 'T5M'])('%j is no duration', (text) =>
  expect(() => durationMs(text, 0)).toThrow('Invalid duration'),
)

test('a policy without numbers waits for one signal for five minutes', () => {
  expect(awaitedBy({}, { isGroup: false })).toEqual({ count: 1, timeoutMs: 300_000 })
  const policy = {
    ResourceSignal: { Count: '3', Timeout: 'PT1M' },
    AutoScalingCreationPolicy: { MinSuccessfulInstancesPercent: 50 },
  }
  expect(awaitedBy(policy, { isGroup: true })).toEqual({ count: 3, timeoutMs: 60_000, minPercent: 50 })
  expect(() => awaitedBy({ ResourceSignal: { Count: 'many' } }, { isGroup: true })).toThrow('many')
})

const INSTANCE = { count: 2, timeoutMs: 1000 }
test.each([
  [[good('a')], 0, { state: 'pending' }],
  [[good('a'), good('b')], 0, { state: 'ready' }],
  [[good('a'), bad('b')], 0, { state: 'failed', reason: 'Received FAILURE signal with UniqueId b' }],
  [
    [good('a')],
    1000,
    { state: 'failed', reason: 'Failed to receive 1 resource signal(s) within the specified duration' },
  ],
])('of an instance that waits for two: %j after %d ms', (signals, elapsed, verdict) =>
  expect(verdictOf(INSTANCE, signals, elapsed)).toEqual(verdict),
)

const unsatisfied = (told: string, percent: number) =>
  `Received ${told} signal(s) out of 2. Unable to satisfy ${percent}% MinSuccessfulInstancesPercent requirement`
test.each([
  [100, [good('a')], 0, { state: 'pending' }],
  [100, [good('a'), good('b')], 0, { state: 'ready' }],
  [100, [bad('a')], 0, { state: 'failed', reason: unsatisfied('1 FAILURE', 100) }],
  [50, [bad('a')], 0, { state: 'pending' }],
  [50, [bad('a'), good('b')], 0, { state: 'ready' }],
  [50, [good('a')], 1000, { state: 'ready' }],
  [
    50,
    [],
    1000,
    {
      state: 'failed',
      reason: unsatisfied('0 SUCCESS', 50),
      missing:
        'Failed to receive 2 resource signal(s) for the current batch. Each resource signal timeout is counted as a FAILURE.',
    },
  ],
])('of a group of two with %d %%: %j after %d ms', (minPercent, signals, elapsed, verdict) =>
  expect(verdictOf({ ...INSTANCE, minPercent }, signals, elapsed)).toEqual(verdict),
)

test.each([
  [[good('a')], 0, { state: 'pending' }],
  [[good('a'), good('b')], 0, { state: 'ready' }],
  [
    [good('a'), bad('b', 'no disk')],
    0,
    { state: 'failed', reason: "WaitCondition received failed message: 'no disk' for uniqueId: b" },
  ],
  [[], 1000, { state: 'failed', reason: 'WaitCondition timed out. Received 0 conditions when expecting 2' }],
])('of a wait condition for two: %j after %d ms', (signals, elapsed, verdict) =>
  expect(conditionVerdict(INSTANCE, signals, elapsed)).toEqual(verdict),
)
