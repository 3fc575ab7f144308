import { describe, expect, it } from 'vitest'

import {
  addonStackName,
  clusterStackName,
  fargateStackName,
  isStackNameOf,
  nodeGroupStackName,
  serviceAccountStackName,
} from './stack-names.ts'

describe('stack names', () => {
  it('are those of eksctl', () => {
    expect([
      clusterStackName('shop'),
      nodeGroupStackName('shop', 'main'),
      fargateStackName('shop'),
      addonStackName('shop', 'vpc-cni'),
      serviceAccountStackName('shop', { namespace: 'kube-system', name: 'aws-load-balancer-controller' }),
    ]).toEqual([
      'eksctl-shop-cluster',
      'eksctl-shop-nodegroup-main',
      'eksctl-shop-fargate',
      'eksctl-shop-addon-vpc-cni',
      'eksctl-shop-addon-iamserviceaccount-kube-system-aws-load-balancer-controller',
    ])
  })
})

describe('isStackNameOf', () => {
  it.each([
    'eksctl-shop-cluster',
    'eksctl-shop-fargate',
    'eksctl-shop-karpenter',
    'eksctl-shop-nodegroup-a',
    'eksctl-shop-addon-vpc-cni',
    'eksctl-shop-addon-iamserviceaccount-web-reader',
    'eksctl-shop-podidentityrole-web-reader',
    'eksctl-shop-capability-argocd',
    'EKS-shop-ControlPlane',
  ])('knows %s', (name) => {
    expect(isStackNameOf('shop', name)).toBe(true)
  })

  it.each([
    ['another cluster that begins alike', 'eksctl-shop-prod-cluster'],
    ['its Fargate role', 'eksctl-shop-prod-fargate'],
    ['its node groups', 'eksctl-shop-prod-nodegroup-a'],
    ['a cluster that this one begins like', 'eksctl-sho-cluster'],
    ['a name that goes on', 'eksctl-shop-cluster-backup'],
    ['a name that begins earlier', 'my-eksctl-shop-cluster'],
    ['a node group without a name', 'eksctl-shop-nodegroup-'],
    ['a stack of a kind that eksctl does not have', 'eksctl-shop-database'],
    ['capitals', 'eksctl-Shop-cluster'],
  ])('does not take %s for its own', (_, name) => {
    expect(isStackNameOf('shop', name)).toBe(false)
  })

  it('cannot tell a cluster that is called like a part of another: the tag must', () => {
    expect(isStackNameOf('shop', 'eksctl-shop-nodegroup-a-cluster')).toBe(true)
    expect(isStackNameOf('shop-nodegroup-a', 'eksctl-shop-nodegroup-a-cluster')).toBe(true)
  })
})
