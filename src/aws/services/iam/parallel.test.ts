import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }],
})

// A node group's stack puts eight inline policies on one role side by side.
test('a role keeps every policy that is put on it at once', async () => {
  const { caller } = (await createTestRegion()).endpoint
  await caller.call('iam', 'CreateRole', { RoleName: 'node', AssumeRolePolicyDocument: TRUST })
  const names = Array.from({ length: 8 }, (_, index) => `policy-${index}`)
  await Promise.all([
    ...names.map((PolicyName) =>
      caller.call('iam', 'PutRolePolicy', { RoleName: 'node', PolicyName, PolicyDocument: DOCUMENT }),
    ),
    ...['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy', 'AmazonSSMManagedInstanceCore'].map((name) =>
      caller.call('iam', 'AttachRolePolicy', {
        RoleName: 'node',
        PolicyArn: `arn:aws:iam::aws:policy/${name}`,
      }),
    ),
  ])
  const inline = await caller.call<{ PolicyNames: string[] }>('iam', 'ListRolePolicies', { RoleName: 'node' })
  expect(inline.PolicyNames.toSorted()).toEqual(names)
  const attached = await caller.call<{ AttachedPolicies: unknown[] }>('iam', 'ListAttachedRolePolicies', {
    RoleName: 'node',
  })
  expect(attached.AttachedPolicies).toHaveLength(3)
})

test('of two that create a role of one name, one succeeds', async () => {
  const { caller } = (await createTestRegion()).endpoint
  const input = { RoleName: 'node', AssumeRolePolicyDocument: TRUST }
  const answers = await Promise.allSettled([1, 2, 3].map(() => caller.call('iam', 'CreateRole', input)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(answers.find((answer) => answer.status === 'rejected')).toMatchObject({
    reason: { code: 'EntityAlreadyExists' },
  })
})

test('a policy keeps every version that is made at once, and no more than five', async () => {
  const { caller } = (await createTestRegion()).endpoint
  const { Policy } = await caller.call<{ Policy: { Arn: string } }>('iam', 'CreatePolicy', {
    PolicyName: 'p',
    PolicyDocument: DOCUMENT,
  })
  const input = { PolicyArn: Policy.Arn, PolicyDocument: DOCUMENT }
  const answers = await Promise.allSettled(
    [1, 2, 3, 4, 5, 6].map(() => caller.call('iam', 'CreatePolicyVersion', input)),
  )
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
  const { Versions } = await caller.call<{ Versions: unknown[] }>('iam', 'ListPolicyVersions', {
    PolicyArn: Policy.Arn,
  })
  expect(Versions).toHaveLength(5)
})

test('an instance profile takes one role however many come at once', async () => {
  const { caller } = (await createTestRegion()).endpoint
  await caller.call('iam', 'CreateInstanceProfile', { InstanceProfileName: 'ip' })
  for (const RoleName of ['a', 'b']) {
    await caller.call('iam', 'CreateRole', { RoleName, AssumeRolePolicyDocument: TRUST })
  }
  const answers = await Promise.allSettled(
    ['a', 'b'].map((RoleName) =>
      caller.call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName: 'ip', RoleName }),
    ),
  )
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})
