import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'

import { isAwsCode } from '../../base/errors.ts'
import { compile, constraintsOf } from './constraints.ts'
import { checkInput } from './input.ts'
import { createSchemaLoader } from './schema.ts'
import type { WireProtocol } from './service.ts'

const schemas = createSchemaLoader()
const SERVICES = readdirSync(new URL('../../../data/aws-constraints', import.meta.url)).map((file) =>
  basename(file, '.json'),
)

/** Code and text of the refusal of an input; undefined when it is good. */
function refusal(service: string, protocol: WireProtocol, [shape, input]: readonly [string, object]) {
  try {
    checkInput(schemas(service), shape, { protocol, input })
    return undefined
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    return [error.code, error.message]
  }
}

test('takes an empty map where the model wants an entry, as EKS does', () => {
  const input = {
    clusterName: 'demo',
    fargateProfileName: 'fp',
    podExecutionRoleArn: 'arn:aws:iam::1:role/r',
  }
  const of = (tags: object) =>
    refusal('eks', 'rest-json', ['CreateFargateProfileRequest', { ...input, clientRequestToken: 't', tags }])
  expect(of({})).toBeUndefined()
  expect(of({ '': 'x' })).toEqual(['InvalidParameterException', expect.stringContaining("at 'tags'")])
})

describe('the text of AWS', () => {
  const role = { AssumeRolePolicyDocument: '{}' }
  const rows: readonly (readonly [string, string, WireProtocol, string, object, string, string])[] = [
    [
      'a pattern',
      'cloudformation',
      'query',
      'DeleteStackInput',
      { StackName: 'test-1.2.3', ClientRequestToken: 'a b' },
      'ValidationError',
      "1 validation error detected: Value 'a b' at 'clientRequestToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*",
    ],
    [
      'a length',
      'sts',
      'query',
      'AssumeRoleRequest',
      { RoleArn: 'arn:aws:iam::111122223333:role/r', RoleSessionName: 'n'.repeat(65) },
      'ValidationError',
      `1 validation error detected: Value '${'n'.repeat(65)}' at 'roleSessionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ],
    [
      'a range, after a member that is missing',
      'iam',
      'query',
      'CreateRoleRequest',
      { ...role, MaxSessionDuration: 10 },
      'ValidationError',
      "2 validation errors detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null; Value '10' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600",
    ],
    [
      // fluent-plugins-nursery/fluent-plugin-cloudwatch-logs#223
      'two constraints of one member',
      'logs',
      'json-1.1',
      'DescribeLogGroupsRequest',
      { logGroupNamePrefix: '' },
      'InvalidParameterException',
      String.raw`2 validation errors detected: Value '' at 'logGroupNamePrefix' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+; Value '' at 'logGroupNamePrefix' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    ],
    [
      'an enumeration',
      'elbv2',
      'query',
      'CreateTargetGroupInput',
      { Name: 'n', TargetType: 'pod' },
      'ValidationError',
      "1 validation error detected: Value 'pod' at 'targetType' failed to satisfy constraint: Member must satisfy enum value set: [instance, ip, lambda, alb]",
    ],
    [
      'a member of a list of structures',
      'iam',
      'query',
      'CreateRoleRequest',
      {
        ...role,
        RoleName: 'r',
        Tags: [
          { Key: 'k', Value: 'v' },
          { Key: 'k'.repeat(129), Value: 'v' },
        ],
      },
      'ValidationError',
      `1 validation error detected: Value '${'k'.repeat(129)}' at 'tags.2.member.key' failed to satisfy constraint: Member must have length less than or equal to 128`,
    ],
    [
      'the identifier of a log group, which is not repeated',
      'logs',
      'json-1.1',
      'DescribeLogStreamsRequest',
      { logGroupIdentifier: 'arn:aws:logs:us-east-1:111122223333:log-group:g:*' },
      'InvalidParameterException',
      String.raw`1 validation error detected: Value at 'logGroupIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w#+=/:,.@-]*`,
    ],
    [
      // awsdocs/aws-doc-sdk-examples#1302
      'the resources of tags',
      'ec2',
      'ec2',
      'CreateTagsRequest',
      { Tags: [{ Key: 'k', Value: 'v' }] },
      'MissingParameter',
      'The request must contain the parameter resourceIdSet',
    ],
    [
      // aws/aws-cli#4273
      'an attribute of EC2',
      'ec2',
      'ec2',
      'DescribeInstanceAttributeRequest',
      { InstanceId: 'i-0123456789abcdef0', Attribute: 'enaSupports' },
      'InvalidParameterValue',
      'Value (enaSupports) for parameter attribute is invalid. Unknown attribute.',
    ],
    [
      // GorillaStack/auto-tag#77
      'the values of a map, all constraints of which are told',
      'logs',
      'json-1.1',
      'CreateLogGroupRequest',
      { logGroupName: 'g', tags: { a: '!', b: 'c' } },
      'InvalidParameterException',
      String.raw`1 validation error detected: Value '{a=!, b=c}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$]`,
    ],
    [
      'the items of a list',
      'iam',
      'query',
      'UntagRoleRequest',
      { RoleName: 'r', TagKeys: ['a', '!'] },
      'ValidationError',
      String.raw`1 validation error detected: Value '[a, !]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]`,
    ],
    [
      'a secret, which is not repeated',
      'iam',
      'query',
      'CreateLoginProfileRequest',
      { UserName: 'u', Password: 'p'.repeat(129) },
      'ValidationError',
      "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length less than or equal to 128",
    ],
    [
      'a range of EC2',
      'ec2',
      'ec2',
      'DescribeVpcsRequest',
      { MaxResults: 1 },
      'InvalidParameterValue',
      'Value ( 1 ) for parameter MaxResults is invalid. Expecting a value greater than 5.',
    ],
    [
      'what EC2 requires',
      'ec2',
      'ec2',
      'RunInstancesRequest',
      {},
      'MissingParameter',
      'The request must contain the parameter MaxCount',
    ],
    [
      'a name of EKS',
      'eks',
      'rest-json',
      'CreateClusterRequest',
      { name: '-x', roleArn: 'r', resourcesVpcConfig: {} },
      'InvalidParameterException',
      'The parameter name contains invalid characters. It should conform to the regular expression "^[0-9A-Za-z][A-Za-z0-9-_]*"In other words, it should start with a number or letter, and can contain numbers, letters, dashes, and underscores.',
    ],
    [
      'a long name of EKS',
      'eks',
      'rest-json',
      'CreateClusterRequest',
      { name: 'x'.repeat(101), roleArn: 'r', resourcesVpcConfig: {} },
      'InvalidParameterException',
      'The parameter name should not be greater than 100 characters.',
    ],
    [
      'a page without items',
      'eks',
      'rest-json',
      'ListClustersRequest',
      { maxResults: 0 },
      'InvalidParameterException',
      "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
  ]
  test.each(rows)('%s', (...[, service, protocol, shape, input, code, message]) => {
    expect(refusal(service, protocol, [shape, input])).toEqual([code, message])
  })

  test('what is in order passes', () => {
    const input = { name: 'a-1_B', roleArn: 'r', resourcesVpcConfig: { subnetIds: ['s'] }, tags: { k: 'v' } }
    expect(refusal('eks', 'rest-json', ['CreateClusterRequest', input])).toBeUndefined()
    expect(refusal('iam', 'query', ['ListRolesRequest', { PathPrefix: '/a/' }])).toBeUndefined()
  })
})

test('a type that is wrong is told before a constraint', () => {
  const input = { name: 5, maxResults: 0 }
  const check = () => checkInput(schemas('eks'), 'ListUpdatesRequest', { protocol: 'rest-json', input })
  expect(check).toThrow(expect.toSatisfy((error) => isAwsCode(error, 'SerializationException')))
})

describe('the patterns', () => {
  const patterns = [
    ...new Set(
      SERVICES.flatMap((service) => constraintsOf(service).rules.flatMap(({ pattern }) => pattern ?? [])),
    ),
  ]

  test('are as many as the models have', () => {
    expect(patterns.length).toBeGreaterThan(80)
  })

  test.each<[string, readonly string[], readonly string[]]>([
    [String.raw`[\w+=,.@-]+`, ['a+b@c-d', 'A_1'], ['a b', '', 'é']],
    [String.raw`[\w-_]*`, ['a-b_c', ''], ['a.b']],
    ['[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*', ['a-1', 'arn:x'], ['1a', 'a_b', 'a/arn:x']],
    [String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`, ['größe 1', 'a@b'], ['a!', 'a\n']],
    [String.raw`[\u0009\u000A\u000D\u0020-\u00FF]+`, ['a\tb\n'], ['', 'Ā']],
    [String.raw`^[0-9A-Za-z][A-Za-z0-9\-_]*`, ['a-b'], ['-a', 'a b']],
    ['(?i)all|[0-9]{3}', ['ALL', 'all', '123'], ['al', '12']],
    [String.raw`^[a-f]{2}\-[\-0]{2}$`, ['ab-0-', 'cd--0'], ['ab00']],
  ])('%s means the whole of a text', (pattern, good, bad) => {
    expect(good.filter((text) => !compile(pattern).test(text))).toEqual([])
    expect(bad.filter((text) => compile(pattern).test(text))).toEqual([])
  })

  // Texts that make an expression with an ambiguous repetition try every way of dividing them.
  const NASTY = ['a', '/', ':', '-', '.', '*', ' ', '0', 'é', '/a', 'a-', 'a:', 'arn:', '::', 'a.b/', '|^a']
  const LONGEST = 5000

  test('all compile, and none takes long over a long text', () => {
    const slow = patterns.flatMap((pattern) => {
      const expression = compile(pattern)
      const started = performance.now()
      for (const piece of NASTY) {
        const text = piece.repeat(LONGEST / piece.length)
        for (const prefix of ['', 'arn:aws:', 's3://', 'http://']) expression.test(`${prefix}${text}\u0001`)
      }
      // A few milliseconds; one that backtracks without bound would take years.
      const tookMs = performance.now() - started
      return tookMs > 5000 ? [`${pattern} took ${tookMs} ms`] : []
    })
    expect(slow).toEqual([])
  })
})
