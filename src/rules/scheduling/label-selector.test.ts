import { describe, expect, it } from 'vitest'

import { parseLabelSelector } from '../../kubernetes/resources/selector.ts'
import {
  formatLabelSelector,
  matchesLabelSelector,
  matchesRequirements,
  selectsLabels,
} from './label-selector.ts'

describe('LabelSelector objects', () => {
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['b', 'a'] },
      { key: 'old', operator: 'DoesNotExist' },
    ],
  }

  it('matches as all of its terms do', () => {
    expect(matchesLabelSelector(selector, { app: 'web', tier: 'a' })).toBe(true)
    expect(matchesLabelSelector(selector, { app: 'web', tier: 'c' })).toBe(false)
    expect(matchesLabelSelector(selector, { app: 'web', tier: 'a', old: '' })).toBe(false)
  })

  it('matches nothing when absent and everything when empty', () => {
    expect(matchesLabelSelector(undefined, {})).toBe(false)
    const unknown = { matchExpressions: [{ key: 'app', operator: 'Like' as 'In' }] }
    expect(matchesLabelSelector(unknown, {})).toBe(false)
    expect(matchesLabelSelector({}, undefined)).toBe(true)
  })

  it('prints as kubectl does, and what it prints parses to the same', () => {
    const text = formatLabelSelector(selector)
    expect(text).toBe('app=web,!old,tier in (a,b)')
    const parsed = parseLabelSelector(text)
    for (const labels of [{ app: 'web', tier: 'a' }, { app: 'web' }, { app: 'x', tier: 'b' }]) {
      expect(matchesRequirements(parsed, labels)).toBe(matchesLabelSelector(selector, labels))
    }
  })
})

it.each([
  [{ app: 'web' }, { app: 'web', tier: 'a' }, true],
  [{ app: 'web', tier: 'b' }, { app: 'web', tier: 'a' }, false],
  [{ app: 'web' }, undefined, false],
  [{}, { app: 'web' }, false],
  [undefined, { app: 'web' }, false],
  [{ constructor: 'x' }, {}, false],
])('the selector %j of a Service over the labels %j: %s', (selector, labels, expected) => {
  expect(selectsLabels(selector, labels)).toBe(expected)
})
