import { describe, expect, it } from 'vitest'

import { parseFieldSelector, parseLabelSelector } from './selector.ts'
import { matchesRequirements } from '../../rules/scheduling/label-selector.ts'

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
    ['app in web', "unable to parse requirement: found 'web' expected: '('"],
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
