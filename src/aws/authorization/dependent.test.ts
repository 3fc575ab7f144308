import { expect, test } from 'vitest'

import { dependentsOf } from './dependent.ts'
import { InputValues } from './input-values.ts'
import { publishedAction } from './published.ts'

const ELB = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333'
const Tags = [{ Key: 'team', Value: 'a' }]

// What the tags are given to decides which statement of the load balancer controller's policy allows them.
test.each([
  [
    'CreateListener',
    { LoadBalancerArn: `${ELB}:loadbalancer/net/web/1` },
    { arn: `${ELB}:listener/net/web/1/*` },
  ],
  [
    'CreateRule',
    { ListenerArn: `${ELB}:listener/app/web/1/2` },
    { arn: `${ELB}:listener-rule/app/web/1/2/*` },
  ],
  ['CreateLoadBalancer', { Name: 'web' }, { type: undefined }],
])('tags of %s are given to what it makes', (operation, members, on) => {
  const action = publishedAction(`elasticloadbalancing:${operation}`)
  expect(action).toBeDefined()
  if (!action) return
  const of = (input: object) => dependentsOf(action, input, new InputValues(input))
  const keys = { 'elasticloadbalancing:CreateAction': operation }
  expect(of({ ...members, Tags })).toEqual([{ action: 'elasticloadbalancing:AddTags', on, keys }])
  expect(of(members)).toEqual([])
})

test('the roles of an add-on are passed, by pod identity too', () => {
  const action = publishedAction('eks:CreateAddon')
  const roleArn = 'arn:aws:iam::111122223333:role/cni'
  const input = { podIdentityAssociations: [{ serviceAccount: 'aws-node', roleArn }] }
  expect(action && dependentsOf(action, input, new InputValues(input))).toEqual([
    {
      action: 'iam:PassRole',
      on: { arn: roleArn },
      keys: { 'iam:PassedToService': ['eks.amazonaws.com', 'pods.eks.amazonaws.com'] },
    },
  ])
})
