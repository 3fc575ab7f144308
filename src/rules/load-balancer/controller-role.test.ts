import { describe, expect, it } from 'vitest'

import { controllerAccount, nodesMayManage } from './controller-role.ts'

const account = (name: string, rights: object = {}) => ({ metadata: { name }, ...rights })
const wellKnown = { wellKnownPolicies: { awsLoadBalancerController: true } }

describe('the account of the controller', () => {
  it.each([
    ['has the well-known policy', [account('any', wellKnown)], 'any'],
    [
      'is named so and has a policy',
      [account('aws-load-balancer-controller', { attachPolicyARNs: ['arn'] })],
      'aws-load-balancer-controller',
    ],
    [
      'is named so and has an inline policy',
      [account('aws-load-balancer-controller', { attachPolicy: {} })],
      'aws-load-balancer-controller',
    ],
    [
      'is the one with the well-known policy first',
      [account('aws-load-balancer-controller', { attachPolicyARNs: ['arn'] }), account('lbc', wellKnown)],
      'lbc',
    ],
    ['is not one by its name alone', [account('aws-load-balancer-controller')], undefined],
    [
      'is not one with an empty list',
      [account('aws-load-balancer-controller', { attachPolicyARNs: [] })],
      undefined,
    ],
    [
      'is not one that the policy is denied to',
      [account('any', { wellKnownPolicies: { awsLoadBalancerController: false } })],
      undefined,
    ],
    ['is not one of another name', [account('other', { attachPolicyARNs: ['arn'] })], undefined],
    ['is nobody without accounts', undefined, undefined],
  ])('%s', (_, accounts, expected) => {
    expect(controllerAccount(accounts)?.metadata.name).toBe(expected)
  })
})

it.each([
  [{ albIngress: true }, true],
  [{ awsLoadBalancerController: true }, true],
  [{ ebs: true }, false],
  [undefined, false],
])('nodes with the add-on policies %j manage load balancers: %s', (withAddonPolicies, expected) => {
  const iam = withAddonPolicies === undefined ? {} : { withAddonPolicies }
  expect(nodesMayManage([{}, { iam }])).toBe(expected)
})
