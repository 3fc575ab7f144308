import { expect, it } from 'vitest'

import { isConditionTrue, transitionTime, withCondition } from './conditions.ts'

const then = '2026-01-01T00:00:00Z'
const now = '2026-01-02T00:00:00Z'
const ready = { type: 'Ready', status: 'True', reason: 'A', lastTransitionTime: then }
const other = { type: 'Other', status: 'False', reason: 'B', lastTransitionTime: then }

it.each([
  ['there is none', undefined, now],
  ['the status is the same', { status: 'True', lastTransitionTime: then }, then],
  ['the status is another', { status: 'False', lastTransitionTime: then }, now],
  ['the time was never written', { status: 'True' }, now],
])('a condition is True since the right time when %s', (_, before, expected) => {
  expect(transitionTime(before, 'True', now)).toBe(expected)
})

it.each([
  [[ready], true],
  [[{ ...ready, status: 'False' }], false],
  [[{ ...ready, status: 'Unknown' }], false],
  [[{ ...other, status: 'True' }], false],
  [undefined, false],
  [null, false],
])('reads whether one of %j holds', (conditions, expected) => {
  expect(isConditionTrue(conditions, 'Ready')).toBe(expected)
})

it('puts a condition in the place of the one before, and keeps its time with its status', () => {
  const next = { type: 'Ready', status: 'True', reason: 'C' }
  expect(withCondition([ready, other], next, now)).toEqual([{ ...next, lastTransitionTime: then }, other])
  const lost = { type: 'Ready', status: 'False', reason: 'C' }
  expect(withCondition([ready, other], lost, now)).toEqual([{ ...lost, lastTransitionTime: now }, other])
  expect(withCondition([other], next, now)).toEqual([other, { ...next, lastTransitionTime: now }])
  expect(withCondition(null, next, now)).toEqual([{ ...next, lastTransitionTime: now }])
})
