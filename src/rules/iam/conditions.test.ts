import { expect, test } from 'vitest'

import { conditionsHold, isConditionOperator } from './conditions.ts'

const REQUEST = {
  'aws:SourceArn': 'arn:aws:eks:eu-west-1:1:cluster/shop',
  'aws:username': 'Ann',
  'aws:TagKeys': ['team', 'cost'],
  'aws:MultiFactorAuthAge': '300',
  'aws:CurrentTime': '2026-06-01T00:00:00Z',
  'aws:SourceIp': '10.1.2.3',
  'aws:SecureTransport': 'false',
}

// "IAM JSON policy elements: Condition operators": present keys, missing keys, sets.
test.each<[string, string, string | string[], boolean]>([
  ['StringEquals', 'aws:username', 'Ann', true],
  ['StringEquals', 'AWS:Username', ['Bob', 'Ann'], true],
  ['StringEquals', 'aws:username', 'ann', false],
  ['StringEqualsIgnoreCase', 'aws:username', 'ann', true],
  ['StringNotEquals', 'aws:username', 'Ann', false],
  ['StringNotEquals', 'aws:username', ['Bob', 'Ann'], false],
  ['StringNotEquals', 'aws:username', 'Bob', true],
  ['StringNotEqualsIgnoreCase', 'aws:username', 'ann', false],
  ['StringLike', 'aws:username', 'A?n', true],
  ['StringLike', 'aws:username', 'A', false],
  ['StringNotLike', 'aws:username', 'A*', false],
  ['ArnLike', 'aws:SourceArn', 'arn:aws:eks:*:1:cluster/*', true],
  ['ArnEquals', 'aws:SourceArn', 'arn:aws:eks:*:1:cluster/shop', true],
  ['ArnLike', 'aws:SourceArn', 'arn:aws:*:cluster/shop', false],
  ['ArnNotLike', 'aws:SourceArn', 'arn:aws:eks:*:1:cluster/*', false],
  ['ArnNotEquals', 'aws:SourceArn', 'arn:aws:eks:*:2:cluster/*', true],
  ['NumericLessThan', 'aws:MultiFactorAuthAge', '301', true],
  ['NumericLessThan', 'aws:MultiFactorAuthAge', '300', false],
  ['NumericLessThanEquals', 'aws:MultiFactorAuthAge', '300', true],
  ['NumericGreaterThan', 'aws:MultiFactorAuthAge', '299', true],
  ['NumericGreaterThanEquals', 'aws:MultiFactorAuthAge', '301', false],
  ['NumericEquals', 'aws:MultiFactorAuthAge', '300.0', true],
  ['NumericNotEquals', 'aws:MultiFactorAuthAge', '300', false],
  ['DateLessThan', 'aws:CurrentTime', '2027-01-01', true],
  ['DateGreaterThan', 'aws:CurrentTime', '1893456000', false],
  ['DateLessThanEquals', 'aws:CurrentTime', '2026-06-01', true],
  ['DateGreaterThanEquals', 'aws:CurrentTime', '2026-06-02', false],
  ['DateEquals', 'aws:CurrentTime', '2026-06-01', true],
  ['DateNotEquals', 'aws:CurrentTime', '2026-06-01', false],
  ['Bool', 'aws:SecureTransport', 'False', true],
  ['Bool', 'aws:SecureTransport', 'true', false],
  ['IpAddress', 'aws:SourceIp', '10.0.0.0/8', true],
  ['IpAddress', 'aws:SourceIp', '10.1.2.3', true],
  ['IpAddress', 'aws:SourceIp', '2001:db8::/32', false],
  ['NotIpAddress', 'aws:SourceIp', '10.0.0.0/8', false],
  ['Null', 'aws:username', 'false', true],
  ['Null', 'aws:username', 'true', false],
  ['Null', 'aws:TokenIssueTime', 'true', true],
  ['StringEquals', 'aws:TokenIssueTime', 'x', false],
  ['StringNotEquals', 'aws:TokenIssueTime', 'x', true],
  ['StringEqualsIfExists', 'aws:TokenIssueTime', 'x', true],
  ['StringEqualsIfExists', 'aws:username', 'x', false],
  ['ForAnyValue:StringEquals', 'aws:TagKeys', ['cost'], true],
  ['ForAnyValue:StringEquals', 'aws:TagKeys', ['owner'], false],
  ['ForAnyValue:StringEquals', 'aws:Absent', ['owner'], false],
  ['ForAllValues:StringEquals', 'aws:TagKeys', ['cost', 'team', 'owner'], true],
  ['ForAllValues:StringEquals', 'aws:TagKeys', ['cost'], false],
  ['ForAllValues:StringEquals', 'aws:Absent', ['cost'], true],
])('%s %s %j: %s', (operator, key, wanted, expected) => {
  expect(conditionsHold({ [operator]: { [key]: [wanted].flat() } }, REQUEST, true)).toBe(expected)
})

test('all operators and keys have to hold, any value does', () => {
  const both = (name: string) => ({
    StringEquals: { 'aws:username': ['Bob', name], 'aws:SecureTransport': ['false'] },
    Bool: { 'aws:SecureTransport': ['false'] },
  })
  expect([conditionsHold(both('Ann'), REQUEST, true), conditionsHold(both('Eve'), REQUEST, true)]).toEqual([
    true,
    false,
  ])
})

test('what is not known is neither held nor not, unless another condition fails', () => {
  const unknown = { StringAlmost: { 'aws:username': ['Ann'] } }
  expect(conditionsHold(unknown, REQUEST, true)).toBeUndefined()
  expect(conditionsHold({ ...unknown, Bool: { 'aws:SecureTransport': ['true'] } }, REQUEST, true)).toBe(false)
})

test.each([
  ['${aws:username}', true, true],
  ['${aws:username}', false, false],
  ["${aws:PrincipalTag/team, 'Ann'}", true, true],
  ['${aws:PrincipalTag/team}', true, false],
  ['A${*}', true, false],
])('%s with variables %s: %s', (value, hasVariables, expected) => {
  const conditions = { StringEquals: { 'aws:username': [value] } }
  expect(conditionsHold(conditions, REQUEST, hasVariables)).toBe(expected)
})

test.each([
  ['StringEquals', true],
  ['ForAnyValue:ArnLikeIfExists', true],
  ['Null', true],
  ['NullIfExists', false],
  ['ForSomeValues:StringEquals', false],
  ['stringequals', false],
])('%s is an operator: %s', (name, expected) => {
  expect(isConditionOperator(name)).toBe(expected)
})
