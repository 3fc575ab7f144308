// Requests of principals that have been given this and that: what they may do, and in which words they are refused.
import { describe, expect, test } from 'vitest'

import type { RequestContext } from '../protocol/service.ts'
import { ACCOUNT_ID, createTestRegion, REGION, type TestRegion } from '../testing/test-region.ts'

const IAM = `arn:aws:iam::${ACCOUNT_ID}`
const EC2 = `arn:aws:ec2:${REGION}:${ACCOUNT_ID}`
const ANN = `${IAM}:user/ann`

function policy(...statements: object[]): string {
  const rows = statements.map((statement) => ({ Effect: 'Allow', Resource: '*', ...statement }))
  return JSON.stringify({ Version: '2012-10-17', Statement: rows })
}

function trust(principal: object, more: object = {}): string {
  const actions = ['sts:AssumeRole', 'sts:TagSession']
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: actions, ...more }],
  })
}

type Call = <T>(service: string, operation: string, input?: object) => Promise<T>

interface World {
  readonly region: TestRegion
  /** As the account's administrator. */
  readonly admin: Call
  /** As whoever has these keys. */
  as(principal: RequestContext['principal']): Call
  readonly ann: Call
}

/** A region in which Ann has one inline policy. */
async function world(document?: string): Promise<World> {
  const region = await createTestRegion()
  const { caller } = region.endpoint
  const admin: Call = (service, operation, input = {}) => caller.call(service, operation, input)
  const as = (principal: RequestContext['principal']): Call => {
    return (service, operation, input = {}) => caller.call(service, operation, input, { principal })
  }
  type Answer = { User: { Arn: string; UserId: string } }
  const { User } = await admin<Answer>('iam', 'CreateUser', { UserName: 'ann' })
  if (document !== undefined) {
    await admin('iam', 'PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: document })
  }
  const ann = as({ accountId: ACCOUNT_ID, arn: User.Arn, userId: User.UserId, accessKeyId: '' })
  return { region, admin, as, ann }
}

/** Opens a session of a role as Ann. */
async function assume(at: World, name: string, input: object = {}): Promise<Call> {
  type Answer = { Credentials: { AccessKeyId: string } }
  const { Credentials } = await at.ann<Answer>('sts', 'AssumeRole', {
    RoleArn: `${IAM}:role/${name}`,
    RoleSessionName: 'session',
    ...input,
  })
  const principal = at.region.principalOf(Credentials.AccessKeyId)
  if (!principal) throw new Error('the session has no keys')
  return at.as(principal)
}

describe('who has been given nothing', () => {
  test.each<[string, string, object, object]>([
    [
      'ec2',
      'DescribeVpcs',
      {},
      {
        code: 'UnauthorizedOperation',
        status: 403,
        message: expect.stringMatching(
          new RegExp(
            `^You are not authorized to perform this operation\\. User: ${ANN} is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action\\. Encoded authorization failure message: [-\\w]+$`,
          ),
        ) as string,
      },
    ],
    [
      'iam',
      'ListRoles',
      {},
      {
        code: 'AccessDenied',
        status: 403,
        message: `User: ${ANN} is not authorized to perform: iam:ListRoles on resource: ${IAM}:role/ because no identity-based policy allows the iam:ListRoles action`,
      },
    ],
    [
      'iam',
      'GetRole',
      { RoleName: 'node' },
      { message: expect.stringContaining('iam:GetRole on resource: role node because') as string },
    ],
    [
      'iam',
      'CreateRole',
      { RoleName: 'r', AssumeRolePolicyDocument: trust({ AWS: ACCOUNT_ID }) },
      { message: expect.stringContaining(`iam:CreateRole on resource: ${IAM}:role/r because`) as string },
    ],
    [
      'logs',
      'DescribeLogGroups',
      {},
      {
        code: 'AccessDeniedException',
        status: 400,
        message: `User: ${ANN} is not authorized to perform: logs:DescribeLogGroups on resource: arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group::log-stream: because no identity-based policy allows the logs:DescribeLogGroups action`,
      },
    ],
    [
      'logs',
      'CreateLogStream',
      { logGroupName: '/shop/web', logStreamName: 'one' },
      {
        message: expect.stringContaining(
          `on resource: arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:/shop/web:log-stream:one because`,
        ) as string,
      },
    ],
    [
      'autoscaling',
      'DescribeAutoScalingGroups',
      {},
      {
        code: 'AccessDenied',
        message: `User: ${ANN} is not authorized to perform: autoscaling:DescribeAutoScalingGroups because no identity-based policy allows the autoscaling:DescribeAutoScalingGroups action`,
      },
    ],
  ])('is refused %s %s', async (service, operation, input, error) => {
    const { ann } = await world()
    await expect(ann(service, operation, input)).rejects.toMatchObject(error)
  })

  test('may ask who it is', async () => {
    const { ann } = await world()
    await expect(ann('sts', 'GetCallerIdentity')).resolves.toMatchObject({ Arn: ANN })
  })
})

describe('a policy of a user', () => {
  test.each<[string, string, string, object, boolean]>([
    ['of the action', policy({ Action: 'ec2:DescribeVpcs' }), 'DescribeVpcs', {}, true],
    ['of another case', policy({ Action: 'EC2:describe*' }), 'DescribeVpcs', {}, true],
    ['of another action', policy({ Action: 'ec2:DescribeSubnets' }), 'DescribeVpcs', {}, false],
    [
      'of an ARN, for an action without resources',
      policy({ Action: 'ec2:*', Resource: `${EC2}:vpc/*` }),
      'DescribeVpcs',
      {},
      false,
    ],
    [
      'of the resource',
      policy({ Action: 'ec2:CreateVpc', Resource: `${EC2}:vpc/*` }),
      'CreateVpc',
      { CidrBlock: '10.0.0.0/16' },
      true,
    ],
    [
      'of the VPC but not of the subnet',
      policy({ Action: 'ec2:CreateSubnet', Resource: `${EC2}:vpc/*` }),
      'CreateSubnet',
      { VpcId: 'vpc-1', CidrBlock: '10.0.0.0/24' },
      false,
    ],
    [
      'that denies',
      policy({ Action: '*' }, { Effect: 'Deny', Action: 'ec2:DescribeVpcs' }),
      'DescribeVpcs',
      {},
      false,
    ],
    [
      'of a region',
      policy({ Action: '*', Condition: { StringEquals: { 'aws:RequestedRegion': REGION } } }),
      'DescribeVpcs',
      {},
      true,
    ],
    [
      'that wants a tag',
      policy({ Action: '*', Condition: { StringEquals: { 'aws:RequestTag/team': 'a' } } }),
      'CreateVpc',
      {
        CidrBlock: '10.0.0.0/16',
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'team', Value: 'a' }] }],
      },
      true,
    ],
    [
      'that wants another tag',
      policy({ Action: '*', Condition: { StringEquals: { 'aws:RequestTag/team': 'a' } } }),
      'CreateVpc',
      { CidrBlock: '10.0.0.0/16' },
      false,
    ],
    [
      'without the right to tag',
      policy({ Action: 'ec2:CreateVpc' }),
      'CreateVpc',
      {
        CidrBlock: '10.0.0.0/16',
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'team', Value: 'a' }] }],
      },
      false,
    ],
    [
      'with the right to tag what it makes',
      policy(
        { Action: 'ec2:CreateVpc' },
        { Action: 'ec2:CreateTags', Condition: { StringEquals: { 'ec2:CreateAction': 'CreateVpc' } } },
      ),
      'CreateVpc',
      {
        CidrBlock: '10.0.0.0/16',
        TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'team', Value: 'a' }] }],
      },
      true,
    ],
  ])('%s', async (...[, document, operation, input, isAllowed]) => {
    const { ann } = await world(document)
    const answer = ann('ec2', operation, input)
    if (isAllowed) await expect(answer).resolves.toBeDefined()
    else await expect(answer).rejects.toMatchObject({ code: 'UnauthorizedOperation' })
  })

  test('names log groups with the slash that they begin with', async () => {
    const Resource = `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:/shop/*`
    const { ann } = await world(policy({ Action: 'logs:CreateLogGroup', Resource }))
    await expect(ann('logs', 'CreateLogGroup', { logGroupName: '/shop/web' })).resolves.not.toThrow()
    await expect(ann('logs', 'CreateLogGroup', { logGroupName: 'shop/web' })).rejects.toMatchObject({
      code: 'AccessDeniedException',
    })
  })

  test('may name the tags that a resource has', async () => {
    const owned = { StringEquals: { 'aws:ResourceTag/owner': '${aws:username}' } }
    const at = await world(policy({ Action: 'ec2:DeleteVpc', Condition: owned }))
    type Answer = { Vpc: { VpcId: string } }
    const { Vpc } = await at.admin<Answer>('ec2', 'CreateVpc', { CidrBlock: '10.0.0.0/16' })
    await expect(at.ann('ec2', 'DeleteVpc', { VpcId: Vpc.VpcId })).rejects.toMatchObject({
      message: expect.stringContaining(`on resource: ${EC2}:vpc/${Vpc.VpcId} because`) as string,
    })
    const Tags = [{ Key: 'owner', Value: 'ann' }]
    await at.admin('ec2', 'CreateTags', { Resources: [Vpc.VpcId], Tags })
    await expect(at.ann('ec2', 'DeleteVpc', { VpcId: Vpc.VpcId })).resolves.not.toThrow()
  })

  test('of a group counts, and a boundary narrows both', async () => {
    const at = await world()
    await at.admin('iam', 'CreateGroup', { GroupName: 'readers' })
    const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
    await at.admin('iam', 'AttachGroupPolicy', { GroupName: 'readers', PolicyArn })
    await at.admin('iam', 'AddUserToGroup', { GroupName: 'readers', UserName: 'ann' })
    await expect(at.ann('ec2', 'DescribeVpcs')).resolves.toBeDefined()
    await at.admin('iam', 'PutUserPermissionsBoundary', {
      UserName: 'ann',
      PermissionsBoundary: 'arn:aws:iam::aws:policy/IAMFullAccess',
    })
    await expect(at.ann('iam', 'ListRoles')).resolves.toBeDefined()
    await expect(at.ann('ec2', 'DescribeVpcs')).rejects.toThrow(
      'because no permissions boundary allows the ec2:DescribeVpcs action',
    )
  })
})

describe('a role', () => {
  async function withRole(document: string, trusted = trust({ AWS: ACCOUNT_ID })): Promise<World> {
    const at = await world(policy({ Action: 'sts:*' }))
    await at.admin('iam', 'CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trusted, Path: '/x/' })
    await at.admin('iam', 'PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: document })
    return at
  }

  test('has exactly what it has been given, and a session policy narrows it', async () => {
    const at = await withRole(policy({ Action: ['ec2:DescribeVpcs', 'iam:ListRoles'] }))
    const session = await assume(at, 'x/r')
    await expect(session('ec2', 'DescribeVpcs')).resolves.toBeDefined()
    await expect(session('ec2', 'DescribeSubnets')).rejects.toThrow(
      `User: arn:aws:sts::${ACCOUNT_ID}:assumed-role/r/session is not authorized`,
    )
    const narrow = await assume(at, 'x/r', { Policy: policy({ Action: 'iam:*' }) })
    await expect(narrow('iam', 'ListRoles')).resolves.toBeDefined()
    await expect(narrow('ec2', 'DescribeVpcs')).rejects.toThrow('because no session policy allows')
  })

  test('judges by the tags of its session', async () => {
    const condition = { StringEquals: { 'aws:PrincipalTag/team': 'a' } }
    const at = await withRole(policy({ Action: 'ec2:DescribeVpcs', Condition: condition }))
    const tagged = await assume(at, 'x/r', { Tags: [{ Key: 'team', Value: 'a' }] })
    await expect(tagged('ec2', 'DescribeVpcs')).resolves.toBeDefined()
    const plain = await assume(at, 'x/r')
    await expect(plain('ec2', 'DescribeVpcs')).rejects.toThrow('not authorized')
  })

  test.each<[string, string | undefined, object, boolean]>([
    ['who is trusted by name', undefined, { AWS: ANN }, true],
    ['whose account is trusted, without a policy', undefined, { AWS: ACCOUNT_ID }, false],
    [
      'whose account is trusted, with one',
      policy({ Action: 'sts:AssumeRole' }),
      { AWS: `${IAM}:root` },
      true,
    ],
    ['who is not trusted', policy({ Action: '*' }), { Service: 'ec2.amazonaws.com' }, false],
    ['who is denied', policy({ Effect: 'Deny', Action: 'sts:AssumeRole' }), { AWS: ANN }, false],
  ])('is given to a user %s', async (_, document, principal, isGiven) => {
    const at = await world(document)
    await at.admin('iam', 'CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust(principal) })
    const opened = assume(at, 'r')
    if (isGiven) await expect(opened).resolves.toBeDefined()
    else await expect(opened).rejects.toMatchObject({ code: 'AccessDenied', status: 403 })
  })

  test('is passed by whoever may pass it', async () => {
    const pass = {
      Action: 'iam:PassRole',
      Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    }
    const add = { Action: 'iam:AddRoleToInstanceProfile' }
    const input = { RoleName: 'node', InstanceProfileName: 'node' }
    for (const [document, isAllowed] of [
      [policy(add), false],
      [policy(add, pass), true],
    ] as const) {
      const at = await world(document)
      await at.admin('iam', 'CreateRole', { RoleName: 'node', AssumeRolePolicyDocument: trust({ AWS: '*' }) })
      await at.admin('iam', 'CreateInstanceProfile', { InstanceProfileName: 'node' })
      const answer = at.ann('iam', 'AddRoleToInstanceProfile', input)
      if (isAllowed) await expect(answer).resolves.not.toThrow()
      else
        await expect(answer).rejects.toThrow(
          `User: ${ANN} is not authorized to perform: iam:PassRole on resource: ${IAM}:role/node because no identity-based policy allows the iam:PassRole action`,
        )
    }
  })
})

test("EC2's message decodes to what was judged", async () => {
  const at = await world(policy({ Effect: 'Deny', Action: 'ec2:*' }, { Action: 'sts:*' }))
  const error = await at.ann('ec2', 'DescribeVpcs').catch((thrown: unknown) => thrown)
  const message = (error as Error).message
  expect(message).toContain('with an explicit deny in an identity-based policy')
  const EncodedMessage = message.split(' ').at(-1)
  type Answer = { DecodedMessage: string }
  const { DecodedMessage } = await at.ann<Answer>('sts', 'DecodeAuthorizationMessage', { EncodedMessage })
  expect(JSON.parse(DecodedMessage)).toMatchObject({
    allowed: false,
    explicitDeny: true,
    context: { principal: { arn: ANN }, action: 'ec2:DescribeVpcs', resource: '*' },
  })
  await expect(
    at.ann('sts', 'DecodeAuthorizationMessage', { EncodedMessage: 'bm9uc2Vuc2U' }),
  ).rejects.toMatchObject({ code: 'InvalidAuthorizationMessageException' })
})

test('the keys of a user are an identity, until they are made inactive', async () => {
  const at = await world()
  type Answer = { AccessKey: { AccessKeyId: string; SecretAccessKey: string } }
  const { AccessKey } = await at.admin<Answer>('iam', 'CreateAccessKey', { UserName: 'ann' })
  expect(at.region.principalOf(AccessKey.AccessKeyId)).toMatchObject({ arn: ANN })
  await at.admin('iam', 'UpdateAccessKey', {
    UserName: 'ann',
    AccessKeyId: AccessKey.AccessKeyId,
    Status: 'Inactive',
  })
  expect(at.region.principalOf(AccessKey.AccessKeyId)).toBeUndefined()
})
