import { parse } from 'yaml'
import { expect, test } from 'vitest'

import { AwsError } from '../base/errors.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { configMaps } from '../kubernetes/client/resources.ts'
import { ensureAccessEntry, ensureIdentityMappings } from './access.ts'
import { testDeployment } from './testing/fake-cloud.ts'

const ROLE = 'arn:aws:iam::111122223333:role/viewers'
const ENTRY = {
  principalARN: ROLE,
  kubernetesGroups: ['viewers'],
  accessPolicies: [
    {
      policyARN: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
      accessScope: { type: 'namespace' as const, namespaces: ['dev-*'] },
    },
  ],
}

test('an access entry is made with its groups, then gets its policies', async () => {
  const { context, calls } = await testDeployment({
    CreateAccessEntry: () => ({}),
    AssociateAccessPolicy: () => ({}),
  })
  expect(await ensureAccessEntry(context, ENTRY)).toEqual({ outcome: 'created' })
  expect(calls.map(({ operation }) => operation)).toEqual(['CreateAccessEntry', 'AssociateAccessPolicy'])
})

test('an access entry that is there stays', async () => {
  const { context } = await testDeployment({
    CreateAccessEntry: () => {
      throw new AwsError('ResourceInUseException', 'The specified access entry resource is already in use')
    },
    AssociateAccessPolicy: () => ({}),
  })
  expect(await ensureAccessEntry(context, ENTRY)).toEqual({ outcome: 'unchanged' })
})

test('identity mappings are those of roles, users and accounts', async () => {
  const kubernetes = new FakeClient({ clock: new FakeClock() })
  await ensureIdentityMappings(kubernetes, [
    { arn: ROLE, username: 'viewer', groups: ['viewers'] },
    { arn: 'arn:aws:iam::111122223333:user/ann', username: 'ann' },
    { account: '111122223333' },
  ])
  const { data = {} } = await kubernetes.get(configMaps, { namespace: 'kube-system', name: 'aws-auth' })
  expect(
    Object.fromEntries(Object.entries(data).map(([key, text]) => [key, parse(text) as unknown])),
  ).toEqual({
    mapRoles: [{ groups: ['viewers'], rolearn: ROLE, username: 'viewer' }],
    mapUsers: [{ userarn: 'arn:aws:iam::111122223333:user/ann', username: 'ann' }],
    mapAccounts: ['111122223333'],
  })
})
