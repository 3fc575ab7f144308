import { describe, expect, it } from 'vitest'

import { checkStackPolicy, refusedByPolicy, type UpdateAction } from './stack-policy.ts'

const database = { logicalId: 'Database', type: 'AWS::EC2::Instance' }
const allowAll = { Effect: 'Allow', Principal: '*', Action: 'Update:*', Resource: '*' }
const deny = (more: object) => ({ Effect: 'Deny', Principal: '*', Action: 'Update:*', ...more })

function refusal(statements: readonly object[], action: UpdateAction = 'Update:Modify') {
  return refusedByPolicy(JSON.stringify({ Statement: statements }), action, database)
}

// The examples of the user guide.
describe('refusedByPolicy', () => {
  it.each<[string, readonly object[], UpdateAction, boolean]>([
    ['allows all', [allowAll], 'Update:Delete', false],
    ['denies what nothing allows', [{ ...allowAll, Action: 'Update:Modify' }], 'Update:Replace', true],
    [
      'denies a resource',
      [deny({ Resource: 'LogicalResourceId/Database' }), allowAll],
      'Update:Modify',
      true,
    ],
    ['denies another', [deny({ Resource: 'LogicalResourceId/Web*' }), allowAll], 'Update:Modify', false],
    [
      'denies all but one',
      [deny({ NotResource: 'LogicalResourceId/Database' }), allowAll],
      'Update:Modify',
      false,
    ],
    [
      'denies some actions',
      [deny({ Action: ['Update:Replace', 'Update:Delete'], Resource: '*' }), allowAll],
      'Update:Delete',
      true,
    ],
    [
      'denies all but an action',
      [{ Effect: 'Deny', Principal: '*', NotAction: 'Update:Modify', Resource: '*' }, allowAll],
      'Update:Modify',
      false,
    ],
    [
      'denies a type',
      [
        deny({ Resource: '*', Condition: { StringEquals: { ResourceType: ['AWS::EC2::Instance'] } } }),
        allowAll,
      ],
      'Update:Modify',
      true,
    ],
    [
      'denies other types',
      [deny({ Resource: '*', Condition: { StringLike: { ResourceType: ['AWS::RDS::*'] } } }), allowAll],
      'Update:Modify',
      false,
    ],
  ])('%s', (_, statements, action, isRefused) => {
    expect(refusal(statements, action) !== undefined).toBe(isRefused)
  })

  it('names the statement, the action and the resource', () => {
    expect(refusal([allowAll, deny({ Resource: '*' })], 'Update:Replace')).toBe(
      'Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/Database];',
    )
  })
})

describe('checkStackPolicy', () => {
  it.each([
    'no policy',
    '{}',
    '{"Statement": []}x',
    JSON.stringify({ Statement: [{ ...allowAll, Principal: 'me' }] }),
    JSON.stringify({ Statement: [{ ...allowAll, Effect: 'Maybe' }] }),
    JSON.stringify({ Statement: [{ ...allowAll, Action: 'Delete' }] }),
    JSON.stringify({ Statement: [{ ...allowAll, Resource: 'Database' }] }),
    JSON.stringify({ Statement: [{ ...allowAll, NotResource: '*' }] }),
    JSON.stringify({ Statement: [{ ...allowAll, Condition: { StringEquals: { Other: 'x' } } }] }),
  ])('refuses %s', (text) => {
    expect(() => checkStackPolicy(text)).toThrow('Error validating stack policy: Invalid stack policy')
  })
})
