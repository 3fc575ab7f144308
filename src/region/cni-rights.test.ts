import { expect, test } from 'vitest'

import type { IpFamily } from '../base/address-range.ts'
import { systemClock } from '../base/clock.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { serviceAccounts } from '../kubernetes/client/resources.ts'
import { compilePolicy } from '../rules/iam/compile-policy.ts'
import { mayStartCni } from './cni-rights.ts'

function policies(...Action: string[]) {
  const Statement = [{ Effect: 'Allow', Action, Resource: '*' }]
  return { identity: [compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement }))] }
}

const GIVEN: Readonly<Record<string, ReturnType<typeof policies>>> = {
  cni: policies('ec2:Describe*'),
  cni6: policies('ec2:Describe*', 'ec2:AssignIpv6Addresses'),
  worker: policies('eks:DescribeCluster'),
}

interface Case {
  readonly association?: string
  readonly annotation?: string
  readonly node?: string
  readonly ipFamily?: IpFamily
}

test.each<[string, Case, boolean]>([
  ['the node has the rights', { node: 'cni' }, true],
  ['the node lacks them', { node: 'worker' }, false],
  ['the node has no role', {}, false],
  ['aws-node has a role by annotation', { annotation: 'cni', node: 'worker' }, true],
  ['the role by annotation lacks them, whatever the node has', { annotation: 'worker', node: 'cni' }, false],
  ['the node lacks what IPv6 takes', { node: 'cni', ipFamily: 'IPv6' }, false],
  ['the node has what IPv6 takes', { node: 'cni6', ipFamily: 'IPv6' }, true],
  ['an association goes before the annotation', { association: 'cni', annotation: 'worker' }, true],
])('%s', async (_, { association, annotation, node, ipFamily = 'IPv4' }, expected) => {
  const client = new FakeClient({ clock: systemClock })
  if (annotation !== undefined) {
    const annotations = { 'eks.amazonaws.com/role-arn': annotation }
    await client.create(serviceAccounts, {
      metadata: { namespace: 'kube-system', name: 'aws-node', annotations },
    })
  }
  const mayStart = await mayStartCni({
    client,
    ipFamily,
    podIdentity: () => association,
    nodeRole: () => Promise.resolve(node),
    policiesOf: (role) => GIVEN[role] ?? { identity: [] },
  })
  expect(mayStart).toBe(expected)
})
