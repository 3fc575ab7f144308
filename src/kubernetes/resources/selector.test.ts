import { describe, expect, it } from 'vitest'

import {
  formatLabelSelector,
  matchesLabelSelector,
  matchesRequirements,
  parseFieldSelector,
  parseLabelSelector,
} from './selector.ts'

describe('parseLabelSelector', () => {
  const labels = { app: 'web', tier: 'front', weight: '7', 'example.com/team': 'blue' }

  it.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier = front', true],
    ['app=api', false],
    ['app!=api', true],
    ['missing!=api', true],
    ['app', true],
    ['!app', false],
    ['!missing', true],
    ['missing', false],
    ['app in (web,api)', true],
    ['app in (api)', false],
    ['app notin (api)', true],
    ['missing notin (api)', true],
    ['app notin (web)', false],
    ['weight>6', true],
    ['weight>7', false],
    ['weight<8', true],
    ['app>1', false],
    ['example.com/team=blue', true],
    ['app=', false],
    ['app in (web),tier in (back)', false],
  ])('%s -> %s', (text, expected) => {
    expect(matchesRequirements(parseLabelSelector(text), labels)).toBe(expected)
  })

  it.each([
    ['app=web,', "found '', expected: identifier after ','"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['app in web', "unable to parse requirement: found 'web', expected: '('"],
    ['=web', "unable to parse requirement: found '=', expected: !, identifier, or 'end of string'"],
    ['app in (web', "unable to parse requirement: found '', expected: ')'"],
    ['weight>x', "for 'Gt', 'Lt' operators, the value must be an integer"],
    ['app=-bad-', 'a valid label must be an empty string or consist of alphanumeric characters'],
    ['a/b/c=d', 'a valid label key must consist of alphanumeric characters'],
  ])('refuses %s', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message)
  })

  it('matches an absent set of labels', () => {
    expect(matchesRequirements(parseLabelSelector('!a,b!=c'), undefined)).toBe(true)
  })
})

describe('parseFieldSelector', () => {
  const fields = { 'spec.nodeName': 'n1', 'status.phase': 'Running', odd: 'a,b' }

  it.each([
    ['spec.nodeName=n1', true],
    ['spec.nodeName!=n1', false],
    ['status.phase==Running,spec.nodeName=n1', true],
    ['status.phase!=Succeeded,status.phase!=Failed', true],
    ['odd=a\\,b', true],
    ['', true],
  ])('%s -> %s', (text, expected) => {
    expect(matchesRequirements(parseFieldSelector(text), fields)).toBe(expected)
  })

  it('refuses what has no operator', () => {
    expect(() => parseFieldSelector('spec.nodeName')).toThrow(
      "invalid selector: 'spec.nodeName'; can't understand 'spec.nodeName'",
    )
  })
})

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
