import { expect, test } from 'vitest'

import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { createTestRegion, type TestRegion } from '../../testing/test-region.ts'

const ISSUER = 'https://oidc.eks.ap-southeast-1.amazonaws.com/id/ABC'
const PROVIDER = 'oidc.eks.ap-southeast-1.amazonaws.com/id/ABC'
const SUBJECT = 'system:serviceaccount:kube-system:aws-load-balancer-controller'
const identities = {
  good: { issuer: ISSUER, subject: SUBJECT, audiences: ['sts.amazonaws.com'] },
  other: {
    issuer: ISSUER,
    subject: 'system:serviceaccount:default:default',
    audiences: ['sts.amazonaws.com'],
  },
  audience: { issuer: ISSUER, subject: SUBJECT, audiences: ['https://kubernetes.default.svc'] },
  stranger: { issuer: 'https://elsewhere.example', subject: SUBJECT, audiences: ['sts.amazonaws.com'] },
}

async function region(): Promise<
  TestRegion & { assume: (token: string, duration?: number) => Promise<unknown> }
> {
  const made = await createTestRegion({ identities, clock: new FakeClock() })
  const { caller } = made.endpoint
  await caller.call('iam', 'CreateOpenIDConnectProvider', {
    Url: ISSUER,
    ClientIDList: ['sts.amazonaws.com'],
  })
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${PROVIDER}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${PROVIDER}:sub`]: SUBJECT, [`${PROVIDER}:aud`]: 'sts.amazonaws.com' } },
  }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await caller.call('iam', 'CreateRole', { RoleName: 'lbc', AssumeRolePolicyDocument })
  const input = { RoleArn: 'arn:aws:iam::111122223333:role/lbc', RoleSessionName: 'pod' }
  return {
    ...made,
    assume: (WebIdentityToken, DurationSeconds = 900) =>
      caller.call('sts', 'AssumeRoleWithWebIdentity', { ...input, WebIdentityToken, DurationSeconds }),
  }
}

test('a service account gets the credentials of its role', async () => {
  const at = await region()
  expect(await at.assume('good')).toMatchObject({
    AssumedRoleUser: { Arn: 'arn:aws:sts::111122223333:assumed-role/lbc/pod' },
    SubjectFromWebIdentityToken: SUBJECT,
    Credentials: { Expiration: new Date(at.deps.clock.now() + 900_000) },
  })
})

test.each([
  ['other', 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'],
  ['audience', 'InvalidIdentityToken', 'Incorrect token audience'],
  [
    'stranger',
    'InvalidIdentityToken',
    'No OpenIDConnect provider found in your account for https://elsewhere.example',
  ],
  ['forged', 'InvalidIdentityToken', /not valid/],
])('the token %s is refused with %s', async (token, code, message) => {
  const at = await region()
  await expect(at.assume(token)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  })
})

test('no session is longer than its role allows', async () => {
  const at = await region()
  await expect(at.assume('good', 7200)).rejects.toMatchObject({ code: 'ValidationError' })
})

test('a role that is not trusted is answered like one that is not there', async () => {
  const at = await region()
  for (const name of ['lbc', 'nobody']) {
    const RoleArn = `arn:aws:iam::111122223333:role/${name}`
    await expect(
      at.endpoint.caller.call('sts', 'AssumeRole', { RoleArn, RoleSessionName: 'me' }),
    ).rejects.toMatchObject({
      code: 'AccessDenied',
      status: 403,
      message: `User: arn:aws:iam::111122223333:root is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    })
  }
})

test.each([
  [{ Policy: '{"not json' }, 'MalformedPolicyDocument', 'This policy contains invalid Json'],
  [{ Policy: '{}' }, 'MalformedPolicyDocument', 'Syntax errors in policy.'],
])('the session policy %o is refused with %s', async (narrowing, code, message) => {
  const at = await region()
  const input = {
    RoleArn: 'arn:aws:iam::111122223333:role/lbc',
    RoleSessionName: 'pod',
    WebIdentityToken: 'good',
    ...narrowing,
  }
  await expect(at.endpoint.caller.call('sts', 'AssumeRoleWithWebIdentity', input)).rejects.toMatchObject({
    code,
    status: 400,
    message,
  })
})
