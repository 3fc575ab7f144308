import { expect, test } from 'vitest'

import { parsePolicy, type PolicyKind } from './policy-document.ts'

const S3 = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/*' }
const TRUST = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }
const SYNTAX = 'Syntax errors in policy.'

function document(statement: object, rest: object = {}): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statement, ...rest })
}

test.each<[string, PolicyKind, string]>([
  ['an action on a resource', 'managed', document(S3)],
  [
    'a list of statements with ids',
    'managed',
    document([
      { ...S3, Sid: 'a' },
      { ...S3, Sid: 'b' },
    ]),
  ],
  ['everything but', 'managed', document({ Effect: 'Deny', NotAction: 'iam:*', NotResource: '*' })],
  ['a condition', 'managed', document({ ...S3, Condition: { Bool: { 'aws:SecureTransport': true } } })],
  ['an inline policy of no version', 'inline', JSON.stringify({ Statement: S3 })],
  ...['2019-07-01T13:20:15Z', '2019-07-01', '1561939200'].map((date): [string, PolicyKind, string] => [
    `the date ${date}`,
    'managed',
    document({ ...S3, Condition: { DateLessThan: { 'aws:CurrentTime': date } } }),
  ]),
  [
    'an access point of S3',
    'managed',
    document({ ...S3, Resource: 'arn:aws:s3:us-west-2:111122223333:accesspoint/a' }),
  ],
  ['a trust', 'trust', document(TRUST)],
  ['a trust of the older version', 'trust', JSON.stringify({ Version: '2008-10-17', Statement: [TRUST] })],
  ['a trust in everybody', 'trust', document({ ...TRUST, Principal: '*' })],
])('takes %s', (_, kind, text) => {
  expect(parsePolicy(text, kind)).not.toHaveLength(0)
})

// What AWS answered to getmoto/moto's invalid documents.
test.each<[string, string]>([
  ['{', 'This policy contains invalid Json'],
  ['[]', SYNTAX],
  ['{}', SYNTAX],
  [document([]), SYNTAX],
  [document(S3, { Statements: [] }), SYNTAX],
  [document(S3, { Version: '2012-10-18' }), SYNTAX],
  [document({ ...S3, Actions: 's3:*' }), SYNTAX],
  [document({ ...S3, NotAction: 's3:*' }), SYNTAX],
  [document({ ...S3, NotResource: '*' }), SYNTAX],
  [document({ ...S3, Effect: 'Perhaps' }), SYNTAX],
  [document({ ...S3, Action: 3 }), SYNTAX],
  [document({ ...S3, Condition: { StringAlmost: { a: 'b' } } }), SYNTAX],
  [document({ ...S3, Condition: { StringLike: { a: 3 } } }), SYNTAX],
  [document({ ...S3, Condition: 'StringLike' }), SYNTAX],
  [JSON.stringify({ Statement: S3 }), 'Policy document must be version 2012-10-17 or greater.'],
  [document(S3, { Version: '2008-10-17' }), 'Policy document must be version 2012-10-17 or greater.'],
  [document({ ...S3, Effect: 'allow' }), 'The policy failed legacy parsing'],
  [
    document([
      { ...S3, Sid: 'a' },
      { ...S3, Sid: 'a' },
    ]),
    'Statement IDs (SID) in a single policy must be unique.',
  ],
  [document({ ...S3, Action: [] }), 'Policy statement must contain actions.'],
  [document({ ...S3, Action: undefined }), 'Policy statement must contain actions.'],
  [document({ ...S3, Resource: [] }), 'Policy statement must contain resources.'],
  [document({ ...S3, Resource: undefined }), 'Policy statement must contain resources.'],
  [
    document({ ...S3, Action: 'GetObject' }),
    'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
  ],
  [document({ ...S3, Action: 's3:Get:Object' }), 'Actions/Condition can contain only one colon.'],
  [document({ ...S3, Action: 's_3:GetObject' }), 'Vendor s_3 is not valid'],
  [document({ ...S3, Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
  [document({ ...S3, Resource: ['*', 'a', 'b'] }), 'Resource a must be in ARN format or "*".'],
  [
    document({ ...S3, Resource: 'arn:amz:s3' }),
    'Partition "amz" is not valid for resource "arn:amz:s3:*:*:*".',
  ],
  [
    document({ ...S3, Resource: 'arn:aws:' }),
    'Resource vendor must be fully qualified and cannot contain regexes.',
  ],
  [document({ ...S3, Resource: 'arn:aws:s3::bucket' }), 'The policy failed legacy parsing'],
  [
    document({ ...S3, Resource: 'arn:aws:s3:eu-west-1::bucket' }),
    'Resource arn:aws:s3:eu-west-1::bucket can not contain region information.',
  ],
  [
    document({ ...S3, Resource: 'arn:aws:iam:eu-west-1:1:role/r' }),
    'IAM resource arn:aws:iam:eu-west-1:1:role/r cannot contain region information.',
  ],
  [
    document({ ...S3, Resource: 'arn:aws:iam::1:rolle/r' }),
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
  ],
  [document(S3, { Id: {} }), SYNTAX],
  [
    document({ ...S3, Resource: 'arn:aws' }),
    'Resource vendor must be fully qualified and cannot contain regexes.',
  ],
  [document({ ...S3, Resource: 'aws:s3:::b' }), 'Partition "s3" is not valid for resource "arn:s3:::b:*".'],
  [
    document({ ...S3, Action: undefined, Resource: 'arn:aws:s3::bucket' }),
    'The policy failed legacy parsing',
  ],
  [document({ ...S3, Action: 's:3:x', Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
  [
    document({ ...S3, Resource: ['arn:error:s3:::b', 'arn:error:s3::b'] }),
    'Partition "error" is not valid for resource "arn:error:s3:::b".',
  ],
  ...['sdfdsf', '234-13', '2016-12-13t2:00:00.59+1', '9223372036854775808'].map((date): [string, string] => [
    document({ ...S3, Condition: { DateLessThan: { a: date } } }),
    'The policy failed legacy parsing',
  ]),
  [document({ ...S3, Principal: '*' }), 'Policy document should not specify a principal.'],
])('refuses %s as a managed policy', (text, message) => {
  expect(() => parsePolicy(text, 'managed')).toThrow(new RegExp(`^${RegExp.escape(message)}$`))
})

test.each(['01T', '2016-12-13t2:00:00.593194+23', '-292275054', '2016-12-13', '1700000000'])(
  'takes %s as a date',
  (date) => {
    const text = document({ ...S3, Condition: { DateLessThan: { a: date } } })
    expect(parsePolicy(text, 'managed')).toHaveLength(1)
  },
)

test('passes over a null in a list of resources', () => {
  const [statement] = parsePolicy(document({ ...S3, Resource: ['arn:aws:s3:::b', null] }), 'managed')
  expect(statement?.resources.values).toEqual(['arn:aws:s3:::b'])
})

test.each(['sts:*', 'sts:AssumeRole*', 'STS:TagSession', 'sts:SetContext'])('%s may be trusted', (Action) => {
  expect(parsePolicy(document({ ...TRUST, Action }), 'trust')).toHaveLength(1)
})

test('refuses an inline policy that names a principal or no resource', () => {
  expect(() => parsePolicy(document(TRUST), 'inline')).toThrow('should not specify a principal')
  expect(() => parsePolicy(document({ ...S3, Resource: undefined }), 'inline')).toThrow(
    'must contain resources',
  )
})

test.each<[string, string]>([
  [document({ ...TRUST, Principal: undefined }), SYNTAX],
  [document({ ...TRUST, Principal: { Servce: 'ec2.amazonaws.com' } }), SYNTAX],
  [document({ ...TRUST, Resource: '*' }), 'Has prohibited field Resource'],
  ...['s3:GetObject', 'sts:BadAssumeRole', 'sts:GetCallerIdentity'].map((Action): [string, string] => [
    document({ ...TRUST, Action }),
    'AssumeRole policy may only specify STS AssumeRole actions.',
  ]),
])('refuses %s as a trust policy', (text, message) => {
  expect(() => parsePolicy(text, 'trust')).toThrow(message)
})
