import { describe, expect, test } from 'vitest'

import { compilePolicy } from './compile-policy.ts'
import { allowsEverything, decide, type AppliedPolicies, type Decision } from './evaluate.ts'

const ACCOUNT = '111122223333'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/r`
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/r/s`
const BUCKET = 'arn:aws:s3:::b/k'

function policy(...statements: object[]) {
  const Statement = statements.map((each) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...each }))
  return compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement }))
}

const ALL = policy({})
const NONE = policy({ Action: 'sqs:*' })
const DENY = policy({ Effect: 'Deny' })

function ask(applied: AppliedPolicies, action = 's3:GetObject', keys = {}): Decision {
  return decide({ action, resource: BUCKET, keys }, applied)
}

function outcome(decision: Decision): string {
  if (decision.allowed) return 'allowed'
  return `${decision.isExplicit ? 'explicit' : 'implicit'} ${decision.by}`
}

// "Policy evaluation logic": what each kind of policy decides by itself.
test.each<[string, AppliedPolicies, string]>([
  ['nothing', { identity: [] }, 'implicit identity'],
  ['an allow', { identity: [ALL] }, 'allowed'],
  ['an allow and a deny', { identity: [ALL, DENY] }, 'explicit identity'],
  ['a boundary alone', { identity: [], boundary: ALL }, 'implicit identity'],
  ['a boundary that lacks it', { identity: [ALL], boundary: NONE }, 'implicit boundary'],
  [
    'a boundary that denies',
    { identity: [ALL], boundary: policy({}, { Effect: 'Deny' }) },
    'explicit boundary',
  ],
  ['a session policy that lacks it', { identity: [ALL], session: [NONE] }, 'implicit session'],
  ['no session policy at all of those given', { identity: [ALL], session: [] }, 'implicit session'],
  ['one session policy of two', { identity: [ALL], session: [NONE, ALL] }, 'allowed'],
  ['all three', { identity: [ALL], boundary: ALL, session: [ALL] }, 'allowed'],
])('%s: %#', (_, applied, expected) => {
  expect(outcome(ask(applied))).toBe(expected)
})

describe('a resource policy in the same account', () => {
  const applied = (
    principal: object,
    more: Partial<AppliedPolicies> = {},
    isRequired = false,
  ): AppliedPolicies => ({
    identity: [],
    resource: {
      policy: policy({ Principal: principal }),
      principal: { arn: SESSION, accountId: ACCOUNT, roleArn: ROLE },
      isRequired,
      kind: 'resource',
    },
    ...more,
  })
  test.each<[string, AppliedPolicies, string]>([
    [
      'names the session: nothing else counts',
      applied({ AWS: SESSION }, { boundary: NONE, session: [NONE] }),
      'allowed',
    ],
    ['names the role', applied({ AWS: ROLE }), 'allowed'],
    [
      'names the role, whose boundary lacks it',
      applied({ AWS: ROLE }, { boundary: NONE }),
      'implicit boundary',
    ],
    [
      'names the role, whose session lacks it',
      applied({ AWS: ROLE }, { session: [NONE] }),
      'implicit session',
    ],
    ['names the account: the identity has to allow', applied({ AWS: ACCOUNT }), 'implicit identity'],
    ['names the account, and the identity allows', applied({ AWS: ACCOUNT }, { identity: [ALL] }), 'allowed'],
    ['names somebody else', applied({ AWS: `${ROLE}x` }, { identity: [ALL] }), 'allowed'],
    [
      'names somebody else and is required',
      applied({ AWS: `${ROLE}x` }, { identity: [ALL] }, true),
      'implicit resource',
    ],
    ['is not all: an identity denies', applied({ AWS: SESSION }, { identity: [DENY] }), 'explicit identity'],
  ])('%s', (_, given, expected) => {
    expect(outcome(ask(given))).toBe(expected)
  })
})

describe('statements', () => {
  test.each<[string, object, boolean]>([
    ['an action in any case', { Action: 'S3:getobject' }, true],
    ['wildcards in the action', { Action: 's3:?et*ect' }, true],
    ['another service', { Action: 'ec2:*' }, false],
    ['everything but an action', { Action: undefined, NotAction: 'iam:*' }, true],
    ['everything but this action', { Action: undefined, NotAction: 's3:Get*' }, false],
    ['an ARN with wildcards', { Resource: 'arn:aws:s3:::b/*' }, true],
    ['an ARN of another case', { Resource: 'arn:aws:s3:::B/*' }, false],
    ['an ARN that ends early', { Resource: 'arn:aws:s3' }, true],
    ['everything but a resource', { Resource: undefined, NotResource: 'arn:aws:s3:::c/*' }, true],
    ['everything but this resource', { Resource: undefined, NotResource: BUCKET }, false],
    ['a variable', { Resource: 'arn:aws:s3:::${aws:username}/k' }, true],
    ['a variable that is not known', { Resource: 'arn:aws:s3:::${aws:nobody}/k' }, false],
    ['a condition that holds', { Condition: { StringEquals: { 'aws:username': 'b' } } }, true],
    ['a condition that does not', { Condition: { StringEquals: { 'aws:username': 'c' } } }, false],
  ])('%s', (_, statement, isAllowed) => {
    const decision = ask({ identity: [policy(statement)] }, 's3:GetObject', { 'aws:username': 'b' })
    expect(decision.allowed).toBe(isAllowed)
  })

  test('of the older version have no variables', () => {
    const Statement = [{ Effect: 'Allow', Action: '*', Resource: 'arn:aws:s3:::${aws:username}/k' }]
    const old = compilePolicy(JSON.stringify({ Version: '2008-10-17', Statement }))
    expect(ask({ identity: [old] }, 's3:GetObject', { 'aws:username': 'b' }).allowed).toBe(false)
  })

  test('of a document that IAM would not take grant nothing', () => {
    expect(ask({ identity: [compilePolicy('{"Statement":[{"Effect":"Perhaps"}]}')] }).allowed).toBe(false)
  })
})

test('an administrator is who is allowed everything under no condition and nothing else', () => {
  expect(allowsEverything({ identity: [NONE, ALL] })).toBe(true)
  expect(allowsEverything({ identity: [ALL, policy({ Effect: 'Deny', Action: 'iam:*' })] })).toBe(false)
  expect(allowsEverything({ identity: [policy({ Condition: { Bool: { a: 'true' } } })] })).toBe(false)
  expect(allowsEverything({ identity: [ALL], boundary: ALL })).toBe(false)
  expect(allowsEverything({ identity: [ALL], session: [ALL] })).toBe(false)
})

/** Small random policies over few actions and resources, so that they meet. */
function randomPolicy(random: () => number) {
  const pick = <T>(...from: T[]): T => from[Math.floor(random() * from.length)] as T
  const statements = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
    Effect: pick('Allow', 'Allow', 'Deny'),
    [pick('Action', 'NotAction')]: pick('*', 's3:*', 's3:Get*', 'ec2:*', 's3:PutObject'),
    [pick('Resource', 'NotResource')]: pick(
      '*',
      BUCKET,
      'arn:aws:s3:::c/*',
      'arn:aws:s3:::${aws:username}/*',
    ),
    ...pick(
      {},
      { Condition: { [pick('StringEquals', 'StringNotEquals')]: { 'aws:username': pick('b', 'c') } } },
    ),
  }))
  return compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }))
}

// A linear congruential generator (Numerical Recipes): the same cases at each run.
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

test('of any policies: a deny wins, and what is narrowed is never wider', () => {
  const random = seeded(7)
  let allowed = 0
  for (let round = 0; round < 3000; round++) {
    const identity = [randomPolicy(random), randomPolicy(random)]
    const [narrowing, extra] = [randomPolicy(random), randomPolicy(random)]
    const keys = { 'aws:username': 'b' }
    const action = random() < 0.5 ? 's3:GetObject' : 'ec2:RunInstances'
    const wide = ask({ identity }, action, keys)
    if (wide.allowed) allowed++
    expect(ask({ identity: [...identity, DENY] }, action, keys).allowed).toBe(false)
    if (wide.allowed) continue
    expect(ask({ identity, boundary: narrowing }, action, keys).allowed).toBe(false)
    expect(ask({ identity, session: [narrowing] }, action, keys).allowed).toBe(false)
    if (!wide.isExplicit) continue
    expect(ask({ identity: [...identity, extra] }, action, keys).allowed).toBe(false)
  }
  expect(allowed).toBeGreaterThan(300)
})
