import { describe, expect, it } from 'vitest'

import { wildcardMatches } from './glob.ts'

describe('wildcardMatches', () => {
  // The User Guide's own examples come first.
  it.each([
    ['prod*', 'prod', true],
    ['prod*', 'prod-metrics', true],
    ['prod*', 'preprod', false],
    ['value?', 'valuea', true],
    ['value?', 'value', false],
    ['value?', 'value-a', false],
    ['*dev', 'team-dev', true],
    ['*dev', 'dev', true],
    ['*dev', 'devs', false],
    ['frontend*?', 'frontend', false],
    ['frontend*?', 'frontends', true],
    ['frontend*?', 'frontend-web', true],
    ['*', '', true],
    ['?', '', false],
    ['', '', true],
    ['', 'a', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
  ])('%s against %s is %s', (pattern, text, matches) => {
    expect(wildcardMatches(pattern, text)).toBe(matches)
  })

  it('agrees with the same pattern as a regular expression', () => {
    const alphabet = ['a', 'b', '*', '?']
    let seed = 7
    const next = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % below
    for (let round = 0; round < 3000; round += 1) {
      const pattern = Array.from({ length: next(7) }, () => alphabet[next(4)]).join('')
      const text = Array.from({ length: next(8) }, () => alphabet[next(2)]).join('')
      const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      expect([pattern, text, wildcardMatches(pattern, text)]).toEqual([pattern, text, regex.test(text)])
    }
  })

  it('does not take exponential time', () => {
    expect(wildcardMatches(`${'*a'.repeat(40)}b`, 'a'.repeat(4000))).toBe(false)
  })
})
