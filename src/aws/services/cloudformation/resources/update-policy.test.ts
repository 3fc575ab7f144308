import { expect, test } from 'vitest'

import {
  isReplacing,
  keptSizes,
  type Member,
  nextMove,
  type Rolling,
  rollingOf,
  type Scene,
} from './update-policy.ts'

const before = { MinSize: '1', MaxSize: '4', LaunchTemplate: { LaunchTemplateId: 'lt', Version: '1' } }
const after = { ...before, LaunchTemplate: { LaunchTemplateId: 'lt', Version: '2' } }

test('a group is replaced, or rolled, only when its instances change', () => {
  const replacing = { AutoScalingReplacingUpdate: { WillReplace: 'true' } }
  expect(isReplacing(replacing, before, after)).toBe(true)
  expect(isReplacing(replacing, before, { ...before, MaxSize: '5' })).toBe(false)
  expect(isReplacing({}, before, after)).toBe(false)
  const rolling = { AutoScalingRollingUpdate: { WaitOnResourceSignals: true, MinInstancesInService: 1 } }
  expect(rollingOf(rolling, before, before)).toBeUndefined()
  expect(rollingOf({}, before, after)).toBeUndefined()
  expect(rollingOf(rolling, before, after)).toEqual({
    batchSize: 1,
    minInService: 1,
    minPercent: 100,
    pauseMs: 300_000,
    waitsForSignals: true,
    suspends: [],
  })
  const tight = { AutoScalingRollingUpdate: { MinInstancesInService: '4' } }
  expect(() => rollingOf(tight, before, after)).toThrow(
    "MinInstancesInService must be less than the autoscaling group's MaxSize",
  )
})

test('sizes that the template leaves as they were stay as the group has them', () => {
  const policy = { AutoScalingScheduledAction: { IgnoreUnmodifiedGroupSizeProperties: true } }
  expect(keptSizes(policy, before, { ...before, MaxSize: '9' })).toEqual(['MinSize', 'DesiredCapacity'])
  expect(keptSizes({}, before, before)).toEqual([])
})

const up = (id: string, launchedAtMs = 0): Member => ({ id, isInService: true, launchedAtMs })
const coming = (id: string): Member => ({ ...up(id), isInService: false })
const plain: Rolling = {
  batchSize: 1,
  minInService: 0,
  minPercent: 100,
  pauseMs: 0,
  waitsForSignals: false,
  suspends: [],
}
const scene = (members: readonly Member[], more: Partial<Scene> = {}): Scene => ({
  rolling: plain,
  old: ['a', 'b'],
  members,
  desired: 2,
  current: 2,
  maxSize: 4,
  signals: [],
  nowMs: 1000,
  pace: 0,
  ...more,
})

test.each([
  ['one goes at a time', scene([up('a'), up('b')]), { kind: 'terminate', ids: ['a'] }],
  ['its place is filled first', scene([up('b')]), { kind: 'wait' }],
  ['by what is in service', scene([up('b'), coming('c')]), { kind: 'wait' }],
  ['then the next goes', scene([up('b'), up('c')]), { kind: 'terminate', ids: ['b'] }],
  ['until none is left', scene([up('c'), up('d')]), { kind: 'done' }],
  [
    'a whole batch goes together',
    scene([up('a'), up('b')], { rolling: { ...plain, batchSize: 5 } }),
    { kind: 'terminate', ids: ['a', 'b'] },
  ],
  [
    'the group grows where all of it must stay in service',
    scene([up('a'), up('b')], { rolling: { ...plain, minInService: 2 } }),
    { kind: 'resize', desired: 3 },
  ],
  [
    'and lets go of what is over',
    scene([up('a'), up('b'), up('c')], { rolling: { ...plain, minInService: 2 }, current: 3 }),
    { kind: 'terminate', ids: ['a'] },
  ],
  [
    'to be as large as before in the end',
    scene([up('c'), up('d'), up('e')], { rolling: { ...plain, minInService: 2 }, current: 3 }),
    { kind: 'resize', desired: 2 },
  ],
  [
    'a pause is as long as AWS makes it at the pace of AWS',
    scene([up('b'), up('c', 500)], { rolling: { ...plain, pauseMs: 600 }, pace: 1 }),
    { kind: 'wait' },
  ],
  [
    'a pause is over',
    scene([up('b'), up('c', 400)], { rolling: { ...plain, pauseMs: 600 }, pace: 1 }),
    { kind: 'terminate', ids: ['b'] },
  ],
])('%s', (_what, at, move) => expect(nextMove(at)).toEqual(move))

const signaled = { ...plain, waitsForSignals: true, pauseMs: 600 }
test('with signals each new instance is waited for, and may fail only as often as the policy says', () => {
  const signals = [{ uniqueId: 'c', isSuccess: true }]
  const members = [up('b'), up('c', 900)]
  expect(nextMove(scene(members, { rolling: signaled }))).toEqual({ kind: 'wait' })
  expect(nextMove(scene(members, { rolling: signaled, signals }))).toEqual({ kind: 'terminate', ids: ['b'] })
  const late = [up('b'), up('c', 100)]
  expect(() => nextMove(scene(late, { rolling: signaled }))).toThrow(
    'Received 1 FAILURE signal(s) out of 2. Unable to satisfy 100% MinSuccessfulInstancesPercent requirement',
  )
  const half = { ...signaled, minPercent: 50 }
  expect(nextMove(scene(late, { rolling: half }))).toEqual({ kind: 'terminate', ids: ['b'] })
})
