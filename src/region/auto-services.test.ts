import { expect, it } from 'vitest'

import { managedPolicy } from '../aws/services/iam/managed-policies.ts'
import { BY_THE_CLUSTER } from './auto-services.ts'

// What the cluster's role does not allow, EKS does by itself; what it does allow is to be judged by that role.
it('does in the name of the cluster what AWS’s policies for its role allow', () => {
  const actions = ['AmazonEKSLoadBalancingPolicy', 'AmazonEKSBlockStoragePolicy'].flatMap((name) => {
    const policy = JSON.stringify(managedPolicy(`arn:aws:iam::aws:policy/${name}`))
    return [...policy.matchAll(/(?:ec2|elasticloadbalancing):(\w+)/g)].map(([, action]) => action)
  })
  expect([...BY_THE_CLUSTER].filter((operation) => !actions.includes(operation))).toEqual([])
})
