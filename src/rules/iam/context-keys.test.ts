import { expect, test } from 'vitest'

import { contextKeysOf } from './context-keys.ts'

const policy = (statement: object, Version = '2012-10-17'): string =>
  JSON.stringify({ Version, Statement: [{ Effect: 'Allow', Action: 's3:*', ...statement }] })

test('keys stand in conditions and in variables, each counts once', () => {
  const first = policy({
    Resource: ['arn:aws:s3:::${aws:username}/*', 'arn:aws:s3:::${aws:PrincipalTag/team, "x"}/${*}'],
    Condition: { StringEquals: { 'aws:PrincipalTag/team': '${aws:userid}' } },
  })
  const second = policy({ Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'true' } } })
  expect(contextKeysOf([first, second, first])).toEqual([
    'aws:PrincipalTag/team',
    'aws:username',
    'aws:userid',
    'aws:SecureTransport',
  ])
})

test('the older version has no variables, and what is no policy no keys', () => {
  expect(contextKeysOf([policy({ Resource: '${aws:username}' }, '2008-10-17'), '{'])).toEqual([])
})
