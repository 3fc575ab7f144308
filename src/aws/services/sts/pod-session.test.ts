import { describe, expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'
import type { PodSessionRequest } from '../eks-auth/ports.ts'
import { createSts, type StsService } from './index.ts'

const ACCOUNT = 'arn:aws:iam::111122223333'
const BOTH = ['sts:AssumeRole', 'sts:TagSession']
const pods = { Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: BOTH }
const request: PodSessionRequest = {
  roleArn: `${ACCOUNT}:role/first`,
  name: 'eks-demo-p',
  clusterArn: 'arn:aws:eks:ap-southeast-1:111122223333:cluster/demo',
  tags: { 'kubernetes-namespace': 'web' },
}

/** STS with roles of these trust statements. */
async function withRoles(roles: Readonly<Record<string, object>>): Promise<StsService> {
  const { deps, iam } = await createTestRegion()
  for (const [RoleName, statement] of Object.entries(roles)) {
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await deps.caller.call('iam', 'CreateRole', { RoleName, AssumeRolePolicyDocument })
  }
  return createSts(deps, { roles: iam, webIdentity: { verify: () => Promise.resolve(undefined) } })
}

test('a role that trusts EKS Pod Identity gives keys of a session', async () => {
  const sts = await withRoles({ first: pods })
  const session = await sts.podSession(request)
  expect(session?.assumedRoleUser.arn).toBe('arn:aws:sts::111122223333:assumed-role/first/eks-demo-p')
  const found = sts.find(session?.credentials.accessKeyId ?? '')
  expect(found?.principal.arn).toBe(session?.assumedRoleUser.arn)
  expect(found?.principal.session?.tags).toEqual(request.tags)
})

describe('the trust policy decides', () => {
  const only = (condition: object) => ({ ...pods, Condition: { StringEquals: condition } })
  test.each([
    ['the tags of the pod', only({ 'aws:RequestTag/kubernetes-namespace': 'web' }), true],
    ['other tags', only({ 'aws:RequestTag/kubernetes-namespace': 'other' }), false],
    ['the account of the cluster', only({ 'aws:SourceAccount': '111122223333' }), true],
    ['a cluster', only({ 'aws:SourceArn': request.clusterArn }), true],
    ['no tags at all', { ...pods, Action: 'sts:AssumeRole' }, false],
  ])('by %s', async (_what, statement, expected) => {
    const sts = await withRoles({ first: statement })
    expect((await sts.podSession(request)) !== undefined).toBe(expected)
  })

  test('of a session without tags only by who assumes it', async () => {
    const sts = await withRoles({ first: { ...pods, Action: 'sts:AssumeRole' } })
    expect(await sts.podSession({ ...request, tags: {} })).toBeDefined()
  })
})

describe('a role behind the role', () => {
  const target = { roleArn: `${ACCOUNT}:role/second`, externalId: 'r/a/demo/web/reader' }
  const trusting = (externalId: string) => ({
    Effect: 'Allow',
    Principal: { AWS: `${ACCOUNT}:role/first` },
    Action: BOTH,
    Condition: { StringEquals: { 'sts:ExternalId': externalId } },
  })

  test('is assumed with the external id of the association', async () => {
    const sts = await withRoles({ first: pods, second: trusting(target.externalId) })
    const session = await sts.podSession({ ...request, target })
    expect(session?.assumedRoleUser.arn).toBe('arn:aws:sts::111122223333:assumed-role/second/eks-demo-p')
  })

  test('is not, when it trusts another association', async () => {
    const sts = await withRoles({ first: pods, second: trusting('another') })
    expect(await sts.podSession({ ...request, target })).toBeUndefined()
  })
})
