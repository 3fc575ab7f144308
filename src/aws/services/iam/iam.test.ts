import { describe, expect, test } from 'vitest'

import { createTestRegion, type TestRegion } from '../../testing/test-region.ts'
import type { TrustRequest } from '../../../rules/iam/trust-request.ts'
import { trusts } from './policy-document.ts'

const EMPTY = JSON.stringify({ Version: '2012-10-17', Statement: [] })

function caller(region: TestRegion) {
  return <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call('iam', operation, input)
}

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: { code: string; status: number; message: string }) => [error.code, error.status, error.message],
  )
}

test('a role is deleted only when nothing hangs on it', async () => {
  const region = await createTestRegion()
  const call = caller(region)
  await call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: EMPTY })
  expect(await refusal(call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: EMPTY }))).toEqual([
    'EntityAlreadyExists',
    409,
    'Role with name r already exists.',
  ])
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy'
  await call('AttachRolePolicy', { RoleName: 'r', PolicyArn })
  await call('AttachRolePolicy', { RoleName: 'r', PolicyArn })
  expect(await call('ListAttachedRolePolicies', { RoleName: 'r' })).toMatchObject({
    AttachedPolicies: [{ PolicyName: 'AmazonEKSClusterPolicy', PolicyArn }],
  })
  const conflict = (what: string) => ['DeleteConflict', 409, `Cannot delete entity, must ${what} first.`]
  expect(await refusal(call('DeleteRole', { RoleName: 'r' }))).toEqual(conflict('detach all policies'))
  await call('DetachRolePolicy', { RoleName: 'r', PolicyArn })
  await call('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: EMPTY })
  expect(await refusal(call('DeleteRole', { RoleName: 'r' }))).toEqual(conflict('delete policies'))
  await call('DeleteRolePolicy', { RoleName: 'r', PolicyName: 'p' })
  await call('CreateInstanceProfile', { InstanceProfileName: 'i' })
  await call('AddRoleToInstanceProfile', { InstanceProfileName: 'i', RoleName: 'r' })
  expect(await refusal(call('DeleteRole', { RoleName: 'r' }))).toEqual(
    conflict('remove roles from instance profile'),
  )
  await call('RemoveRoleFromInstanceProfile', { InstanceProfileName: 'i', RoleName: 'r' })
  await call('DeleteRole', { RoleName: 'r' })
  expect(await refusal(call('GetRole', { RoleName: 'r' }))).toEqual([
    'NoSuchEntity',
    404,
    'The role with name r cannot be found.',
  ])
})

test('policies have versions, up to five, and documents come back encoded', async () => {
  const region = await createTestRegion()
  const call = caller(region)
  const { Policy } = await call<{ Policy: { Arn: string } }>('CreatePolicy', {
    PolicyName: 'AWSLoadBalancerControllerIAMPolicy',
    PolicyDocument: EMPTY,
  })
  expect(Policy.Arn).toBe('arn:aws:iam::111122223333:policy/AWSLoadBalancerControllerIAMPolicy')
  const version = { PolicyArn: Policy.Arn, PolicyDocument: EMPTY, SetAsDefault: true }
  for (let count = 2; count <= 5; count++) await call('CreatePolicyVersion', version)
  expect(await refusal(call('CreatePolicyVersion', version))).toEqual([
    'LimitExceeded',
    409,
    expect.any(String),
  ])
  const got = await call('GetPolicyVersion', { PolicyArn: Policy.Arn, VersionId: 'v5' })
  expect(got).toMatchObject({
    PolicyVersion: { IsDefaultVersion: true, Document: encodeURIComponent(EMPTY) },
  })
  expect(await refusal(call('DeletePolicy', { PolicyArn: Policy.Arn }))).toEqual([
    'DeleteConflict',
    409,
    expect.any(String),
  ])
  for (let count = 1; count <= 4; count++) {
    await call('DeletePolicyVersion', { PolicyArn: Policy.Arn, VersionId: `v${count}` })
  }
  await call('DeletePolicy', { PolicyArn: Policy.Arn })
  expect(await refusal(call('AttachRolePolicy', { RoleName: 'x', PolicyArn: Policy.Arn }))).toEqual([
    'NoSuchEntity',
    404,
    expect.any(String),
  ])
  expect(await refusal(call('CreatePolicy', { PolicyName: 'p', PolicyDocument: '{' }))).toEqual([
    'MalformedPolicyDocument',
    400,
    'This policy contains invalid Json',
  ])
})

test('an OIDC provider loses scheme and port 443', async () => {
  const region = await createTestRegion()
  const call = caller(region)
  const Url = 'https://oidc.eks.eu-west-1.amazonaws.com:443/id/ABC'
  const arn = 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC'
  const input = { Url, ClientIDList: ['sts.amazonaws.com'], ThumbprintList: ['a'.repeat(40)] }
  expect(await call('CreateOpenIDConnectProvider', input)).toMatchObject({ OpenIDConnectProviderArn: arn })
  expect(await refusal(call('CreateOpenIDConnectProvider', input))).toEqual([
    'EntityAlreadyExists',
    409,
    expect.any(String),
  ])
  expect(await call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn })).toMatchObject({
    Url: 'oidc.eks.eu-west-1.amazonaws.com/id/ABC',
    ClientIDList: ['sts.amazonaws.com'],
  })
  expect(region.iam.oidcProvider(Url)?.arn).toBe(arn)
  await call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: arn })
  expect(await refusal(call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn }))).toEqual([
    'NoSuchEntity',
    404,
    expect.any(String),
  ])
})

test('the administrator keeps its key', async () => {
  const region = await createTestRegion()
  const { accessKeyId, secretAccessKey } = await region.iam.ensureAdministrator()
  expect({ accessKeyId, secretAccessKey }).toEqual(region.credentials)
  expect(region.iam.find('AKIANOBODY')).toBeUndefined()
})

describe('trust policies', () => {
  const FARGATE = {
    Effect: 'Allow',
    Principal: { Service: 'eks-fargate-pods.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:eks:eu-west-1:1:fargateprofile/c/*' } },
  }
  const service = (name: string, sourceArn?: string): TrustRequest => ({
    action: 'sts:AssumeRole',
    principal: { service: name },
    ...(sourceArn === undefined ? {} : { context: { 'aws:sourcearn': sourceArn } }),
  })
  const profile = 'arn:aws:eks:eu-west-1:1:fargateprofile/c/p/uuid'
  const web = (sub: string, aud = 'sts.amazonaws.com'): TrustRequest => ({
    action: 'sts:AssumeRoleWithWebIdentity',
    principal: { federated: 'arn:idp' },
    context: { 'idp/id/A:sub': sub, 'idp/id/A:aud': aud },
  })
  const IRSA = (operator: string, sub: string) => ({
    Effect: 'Allow',
    Principal: { Federated: 'arn:idp' },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { [operator]: { 'idp/id/A:sub': sub }, StringEquals: { 'idp/id/A:aud': 'sts.amazonaws.com' } },
  })
  const user = (arn: string): TrustRequest => ({
    action: 'sts:AssumeRole',
    principal: { arn, accountId: '1' },
  })

  test.each<[string, object[], TrustRequest, boolean]>([
    ['the service under its condition', [FARGATE], service('eks-fargate-pods.amazonaws.com', profile), true],
    [
      'not another cluster',
      [FARGATE],
      service('eks-fargate-pods.amazonaws.com', profile.replace('/c/', '/d/')),
      false,
    ],
    ['not without the context', [FARGATE], service('eks-fargate-pods.amazonaws.com'), false],
    ['not another service', [FARGATE], service('ec2.amazonaws.com', profile), false],
    [
      'the service account',
      [IRSA('StringLike', 'system:serviceaccount:ns:*')],
      web('system:serviceaccount:ns:a'),
      true,
    ],
    [
      'not another namespace',
      [IRSA('StringLike', 'system:serviceaccount:ns:*')],
      web('system:serviceaccount:nt:a'),
      false,
    ],
    ['not another audience', [IRSA('StringLike', '*')], web('x', 'other'), false],
    ['nothing under an operator that cannot be judged', [IRSA('DateLessThan', '2030')], web('x'), false],
    [
      'the account for all its principals',
      [{ ...FARGATE, Principal: { AWS: 'arn:aws:iam::1:root' }, Condition: undefined }],
      user('arn:aws:iam::1:user/a'),
      true,
    ],
    [
      'a role for its sessions',
      [{ ...FARGATE, Principal: { AWS: 'arn:aws:iam::1:role/r' }, Condition: undefined }],
      user('arn:aws:sts::1:assumed-role/r/s'),
      true,
    ],
    [
      'nobody when a statement denies',
      [FARGATE, { ...FARGATE, Effect: 'Deny', Condition: undefined }],
      service('eks-fargate-pods.amazonaws.com', profile),
      false,
    ],
  ])('trust %s', (_, Statement, request, expected) => {
    expect(trusts(JSON.stringify({ Statement }), request)).toBe(expected)
  })
})
