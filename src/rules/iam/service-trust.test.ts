import { expect, test } from 'vitest'

import { trustsCluster, trustsFargate, trustsNodes, trustsPods } from './service-trust.ts'

const profileArn = 'arn:aws:eks:eu-west-1:111122223333:fargateprofile/shop/web/1a2b'

function policy(Service: string, change: object = {}): string {
  const statement = { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole', ...change }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

test.each([
  ['eks.amazonaws.com', { cluster: true, nodes: false, fargate: false }],
  ['ec2.amazonaws.com', { cluster: false, nodes: true, fargate: false }],
  ['eks-fargate-pods.amazonaws.com', { cluster: false, nodes: false, fargate: true }],
  ['lambda.amazonaws.com', { cluster: false, nodes: false, fargate: false }],
])('a role that trusts %s serves %o', (service, serves) => {
  const document = policy(service)
  expect({
    cluster: trustsCluster(document),
    nodes: trustsNodes(document),
    fargate: trustsFargate(document, profileArn),
  }).toEqual(serves)
})

// The policy of the User Guide, and what a condition on the account or another cluster makes of it.
test.each([
  [{ ArnLike: { 'aws:SourceArn': 'arn:aws:eks:eu-west-1:111122223333:fargateprofile/shop/*' } }, true],
  [{ ArnLike: { 'AWS:SourceArn': 'arn:aws:eks:eu-west-1:111122223333:fargateprofile/store/*' } }, false],
  [{ StringLike: { 'aws:SourceArn': profileArn.replace('1a2b', '1.2b') } }, false],
  [{ StringEquals: { 'aws:SourceArn': '*' } }, false],
  [{ StringEquals: { 'aws:SourceAccount': '111122223333' } }, true],
  [{ StringEquals: { 'aws:SourceAccount': '999999999999' } }, false],
])('Fargate under %o: %s', (Condition, expected) => {
  expect(trustsFargate(policy('eks-fargate-pods.amazonaws.com', { Condition }), profileArn)).toBe(expected)
})

const BOTH = ['sts:AssumeRole', 'sts:TagSession']

test.each([
  [{ Action: BOTH }, true],
  [{ Action: 'sts:*' }, true],
  [{ Action: BOTH, Condition: { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'web' } } }, true],
  [{ Action: 'sts:AssumeRole' }, false],
  [{ Action: BOTH, Principal: { Service: 'eks.amazonaws.com' } }, false],
  [{ Action: BOTH, Effect: 'Deny' }, false],
])('pods may have a role with %o: %s', (change, expected) => {
  expect(trustsPods(policy('pods.eks.amazonaws.com', change))).toBe(expected)
})

test('no pod has a role whose trust policy is no policy', () => expect(trustsPods('{')).toBe(false))
