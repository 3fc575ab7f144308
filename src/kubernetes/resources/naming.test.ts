import { describe, expect, it } from 'vitest'

import { nameProblems, qualifiedNameProblems, validateAnnotations, validateLabels } from './naming.ts'

describe('nameProblems', () => {
  it.each([
    ['label', 'web', true],
    ['label', '1a', true],
    ['label', 'a.b', false],
    ['label', '-a', false],
    ['label', 'a'.repeat(63), true],
    ['label', 'a'.repeat(64), false],
    ['subdomain', 'a.b-c.d', true],
    ['subdomain', 'A', false],
    ['subdomain', 'a..b', false],
    ['dns1035', 'a1', true],
    ['dns1035', '1a', false],
    ['path', 'system:node', true],
    ['path', 'a/b', false],
    ['path', '..', false],
    ['configKey', 'a_b.C', true],
    ['configKey', 'a b', false],
    ['envName', 'MY_ENV', true],
    ['envName', '1A', true],
  ] as const)('%s %s -> %s', (rule, name, valid) => {
    expect(nameProblems(name, rule).length === 0).toBe(valid)
  })

  it('says what kubectl users know', () => {
    expect(nameProblems('Bad_Name', 'subdomain')).toEqual([
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ])
    expect(nameProblems('1web', 'dns1035')).toEqual([
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ])
  })
})

describe('labels and annotations', () => {
  it('takes a prefix and refuses two', () => {
    expect(qualifiedNameProblems('example.com/name')).toEqual([])
    expect(qualifiedNameProblems('a/b/c')).toHaveLength(1)
    expect(qualifiedNameProblems('/name')).toEqual(['prefix part must be non-empty'])
    expect(qualifiedNameProblems('')).toContain('name part must be non-empty')
  })

  it('checks values of labels, not of annotations', () => {
    expect(validateLabels('metadata.labels', { a: 'x y' })).toHaveLength(1)
    expect(validateAnnotations('metadata.annotations', { 'Example.com/a': 'x y' })).toEqual([])
  })

  it('limits the size of annotations', () => {
    const [error] = validateAnnotations('metadata.annotations', { a: 'x'.repeat(256 * 1024) })
    expect(error?.detail).toBe('Too long: may not be more than 262144 bytes')
  })
})
