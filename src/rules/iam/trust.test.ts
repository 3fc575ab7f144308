import { describe, expect, test } from 'vitest'

import { trusts, type TrustRequest } from './trust.ts'

const ACCOUNT = '111122223333'
const PROFILE = `arn:aws:eks:eu-west-1:${ACCOUNT}:fargateprofile/c/p/uuid`
const PODS = 'eks-fargate-pods.amazonaws.com'
const FARGATE = {
  Effect: 'Allow',
  Principal: { Service: PODS },
  Action: 'sts:AssumeRole',
  Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:eks:eu-west-1:${ACCOUNT}:fargateprofile/c/*` } },
}
const OPEN = { ...FARGATE, Condition: undefined }

function service(name: string, context?: Record<string, string>): TrustRequest {
  return { action: 'sts:AssumeRole', principal: { service: name }, ...(context ? { context } : {}) }
}

function pods(sourceArn = PROFILE): TrustRequest {
  return service(PODS, { 'aws:sourcearn': sourceArn, 'aws:SourceAccount': ACCOUNT })
}

function web(sub: string, aud = 'sts.amazonaws.com'): TrustRequest {
  return {
    action: 'sts:AssumeRoleWithWebIdentity',
    principal: { federated: 'arn:idp' },
    context: { 'idp/id/A:sub': sub, 'idp/id/A:aud': aud },
  }
}

function irsa(operator: string, sub: string) {
  return {
    Effect: 'Allow',
    Principal: { Federated: 'arn:idp' },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { [operator]: { 'idp/id/A:sub': sub }, StringEquals: { 'idp/id/A:aud': 'sts.amazonaws.com' } },
  }
}

function user(arn: string): TrustRequest {
  return { action: 'sts:AssumeRole', principal: { arn, accountId: ACCOUNT } }
}

describe('a trust policy', () => {
  test.each<[string, object[], TrustRequest, boolean]>([
    ['trusts the service under its condition', [FARGATE], pods(), true],
    ['not another cluster', [FARGATE], pods(PROFILE.replace('/c/', '/d/')), false],
    ['not without the context', [FARGATE], service(PODS), false],
    ['not another service', [OPEN], service('ec2.amazonaws.com'), false],
    ['takes a pattern for the action', [{ ...OPEN, Action: 'sts:Assume*' }], pods(), true],
    ['without regard to case', [{ ...OPEN, Action: ['STS:assumerole'] }], pods(), true],
    ['not for another action', [{ ...OPEN, Action: 'sts:TagSession' }], pods(), false],
    [
      'every action but the named',
      [{ ...OPEN, Action: undefined, NotAction: 'sts:TagSession' }],
      pods(),
      true,
    ],
    ['not the excepted action', [{ ...OPEN, Action: undefined, NotAction: 'sts:*' }], pods(), false],
    [
      'not another account',
      [{ ...OPEN, Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } }],
      pods(),
      false,
    ],
    [
      'the service account',
      [irsa('StringLike', 'system:serviceaccount:ns:*')],
      web('system:serviceaccount:ns:a'),
      true,
    ],
    [
      'not another namespace',
      [irsa('StringLike', 'system:serviceaccount:ns:*')],
      web('system:serviceaccount:nt:a'),
      false,
    ],
    ['not another audience', [irsa('StringLike', '*')], web('x', 'other'), false],
    ['all but one subject', [irsa('StringNotEquals', 'x')], web('y'), true],
    ['not the excepted subject', [irsa('StringNotEquals', 'x')], web('x'), false],
    ['nobody under an operator that is not known', [irsa('StringAlmost', 'x')], web('x'), false],
    [
      'the account for all its principals',
      [{ ...OPEN, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }],
      user(`arn:aws:iam::${ACCOUNT}:user/a`),
      true,
    ],
    ['the bare account number', [{ ...OPEN, Principal: { AWS: ACCOUNT } }], user('arn:x'), true],
    ['everybody', [{ ...OPEN, Principal: '*' }], user('arn:x'), true],
    ['everybody, but no service', [{ ...OPEN, Principal: '*' }], service('ec2.amazonaws.com'), false],
    [
      'a role for its sessions',
      [{ ...OPEN, Principal: { AWS: [`arn:aws:iam::${ACCOUNT}:role/r`] } }],
      user(`arn:aws:sts::${ACCOUNT}:assumed-role/r/s`),
      true,
    ],
    [
      'not another role',
      [{ ...OPEN, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/q` } }],
      user(`arn:aws:sts::${ACCOUNT}:assumed-role/r/s`),
      false,
    ],
    ['nobody when a statement denies', [FARGATE, { ...OPEN, Effect: 'Deny' }], pods(), false],
    [
      'those whom a denial does not concern',
      [FARGATE, { ...OPEN, Effect: 'Deny', Principal: { Service: 'ec2.amazonaws.com' } }],
      pods(),
      true,
    ],
    [
      'nobody but the excepted of a denial',
      [FARGATE, { ...OPEN, Effect: 'Deny', Principal: undefined, NotPrincipal: { Service: PODS } }],
      pods(),
      true,
    ],
    ['nobody without a statement that allows', [{ ...OPEN, Effect: 'Deny' }], pods(), false],
  ])('%s', (_, Statement, request, expected) => {
    expect(trusts(JSON.stringify({ Version: '2012-10-17', Statement }), request)).toBe(expected)
  })

  test.each(['', '{', '{}', '[]'])('that is none, %j, trusts nobody', (document) => {
    expect(trusts(document, pods())).toBe(false)
  })
})
