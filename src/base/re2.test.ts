import { describe, expect, it } from 'vitest'

import { compileRe2, Re2SyntaxError } from './re2.ts'

describe('a pattern', () => {
  it.each([
    ['^[a-z]+$', 'abc', true],
    ['^[a-z]+$', 'ab1', false],
    ['b', 'abc', true],
    ['(?i)^ABC\\z', 'abc', true],
    ['^[[:alnum:]]+$', 'a1', true],
    ['^\\p{Greek}+$', 'αβγ', true],
    ['(?P<year>\\d{4})', '2026', true],
    ['(?s)a.b', 'a\nb', true],
    ['a.b', 'a\nb', false],
  ])('%s in %j: %s', (pattern, text, expected) => {
    expect(compileRe2(pattern).test(text)).toBe(expected)
  })

  it('finds what matches, at most as many as are wanted', () => {
    expect(compileRe2('[0-9]+').findAll('a1b22c333')).toEqual(['1', '22', '333'])
    expect(compileRe2('[0-9]+').findAll('a1b22c333', 2)).toEqual(['1', '22'])
    expect(compileRe2('[0-9]+').findAll('a1', 0)).toEqual([])
  })

  it('tells what its groups have matched', () => {
    const match = compileRe2('(?<key>\\w+)=(?:(?<number>\\d+)|(\\w+))').match('say a=b')
    expect(match?.captures).toEqual(['a=b', 'a', undefined, 'b'])
    expect(match?.named).toEqual({ key: 'a', number: undefined })
    expect(compileRe2('x').match('y')).toBeUndefined()
  })

  it('that backtracking takes exponential time for is matched at once', () => {
    const started = performance.now()
    expect(compileRe2('^(a+)+$').test(`${'a'.repeat(5_000)}b`)).toBe(false)
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  it.each([
    ['(', 'error parsing regexp: missing closing ): `(`'],
    ['(?=a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
    ['\\1', 'error parsing regexp: invalid escape sequence: `\\1`'],
  ])('%s is refused in the words of Go', (pattern, words) => {
    expect(() => compileRe2(pattern)).toThrow(new Re2SyntaxError(words))
  })

  it('is read again after others have pushed it out', () => {
    for (let i = 0; i < 600; i += 1) compileRe2(`x${i}`)
    expect(compileRe2('x0').test('x0')).toBe(true)
  })
})
