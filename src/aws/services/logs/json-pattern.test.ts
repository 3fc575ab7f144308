import { expect, test } from 'vitest'

import { patternOf } from './pattern.ts'

const EVENT = JSON.stringify({
  verb: 'create',
  user: { username: 'system:node:a', groups: ['system:nodes', 'x'] },
  responseStatus: { code: 403 },
  sourceIPs: ['10.0.0.1'],
  'odd-key': null,
  dryRun: false,
})

test.each<[string, boolean]>([
  ['{ $.verb = "create" }', true],
  ['{$.verb=create}', true],
  ['{ $.verb != "create" }', false],
  ['{ $.user.username = "system:node:*" }', true],
  ['{ $.user.groups[1] = "x" }', true],
  ['{ $.user[\'username\'] = "*a" }', true],
  ['{ $.responseStatus.code >= 400 && $.responseStatus.code < 500 }', true],
  ['{ $.responseStatus.code = 404 || ($.verb = "create" && $.dryRun IS FALSE) }', true],
  ['{ ($.verb = "get" || $.verb = "list") && $.responseStatus.code = 403 }', false],
  ['{ $.odd-key IS NULL }', true],
  ['{ $.none EXISTS }', false],
  ['{ $.none NOT EXISTS }', true],
  ['{ $.none != "x" }', false],
  ['{ $.responseStatus.code = "403" }', false],
  ['{ $.verb > 1 }', false],
])('%s', (pattern, expected) => {
  expect(patternOf(pattern)(EVENT)).toBe(expected)
})

test('what is no JSON matches none of them', () => {
  expect(patternOf('{ $.verb NOT EXISTS }')('I1127 started')).toBe(false)
})

test.each([
  '{ $.verb }',
  '{ verb = "x" }',
  '{ $.a = 1',
  '{ $.a = 1 } x',
  '{ ($.a = 1 }',
  '{ $.a = 1 && }',
  '[a, b]',
  '%x%',
])('what cannot be read is refused: %s', (pattern) => {
  expect(() => patternOf(pattern)).toThrow(expect.objectContaining({ code: 'InvalidParameterException' }))
})
