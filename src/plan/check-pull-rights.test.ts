import { expect, test } from 'vitest'

import { plan } from './testing/plan-of.ts'

const AWS = 'arn:aws:iam::aws:policy'

function told(iam: string): number {
  const nodes = `[{name: ng, instanceType: t3.xlarge, iam: ${iam}}]`
  return plan('', { nodes }).problems.filter(({ code }) => code === 'image-pull-denied').length
}

test('warns of nodes that may pull nothing', () => {
  expect(
    told(`{attachPolicyARNs: ["${AWS}/AmazonEKSWorkerNodePolicy", "${AWS}/AmazonEKS_CNI_Policy"]}`),
  ).toBe(1)
})

test.each([
  ['the usual policies', '{}'],
  [
    'one that lets them',
    `{attachPolicyARNs: ["${AWS}/AmazonEKSWorkerNodePolicy", "${AWS}/AmazonEC2ContainerRegistryPullOnly"]}`,
  ],
  [
    'one of the account',
    `{attachPolicyARNs: ["${AWS}/AmazonEKSWorkerNodePolicy", "arn:aws:iam::1:policy/own"]}`,
  ],
  ['a document', `{attachPolicyARNs: ["${AWS}/AmazonEKSWorkerNodePolicy"], attachPolicy: {Statement: []}}`],
  [
    'the right to push',
    `{attachPolicyARNs: ["${AWS}/AmazonEKSWorkerNodePolicy"], withAddonPolicies: {imageBuilder: true}}`,
  ],
])('does not with %s', (_, iam) => {
  expect(told(iam)).toBe(0)
})
