import { describe, expect, it } from 'vitest'

import type { DownPlan } from '../deploy/before-down.ts'
import { captured } from '../terminal/testing/captured.ts'
import { showDownPlan } from './down-view.ts'

const nothing: DownPlan = {
  cluster: undefined,
  stacks: [],
  profiles: [],
  balanced: [],
  oidcProviderArn: undefined,
  leaves: [],
  obstacles: [],
}

function shown(plan: Partial<DownPlan>): string[] {
  const { terminal, out } = captured()
  showDownPlan(terminal, { ...nothing, ...plan }, 'shop')
  return out().trimEnd().split('\n')
}

describe('showDownPlan', () => {
  it('lists what goes, in the order in which it goes, and what stays and why', () => {
    expect(
      shown({
        stacks: ['eksctl-shop-nodegroup-main', 'eksctl-shop-cluster'],
        profiles: ['web'],
        balanced: [{ kind: 'Service', namespace: 'web', name: 'nginx' }],
        oidcProviderArn: 'arn:provider',
        leaves: [{ what: 'stack eksctl-shop-karpenter', because: 'made by eksctl 0.230.0' }],
      }),
    ).toEqual([
      'removes what up made of the cluster shop:',
      '  Service web/nginx with its load balancer',
      '  Fargate profile web',
      '  OIDC provider arn:provider',
      '  stack eksctl-shop-nodegroup-main',
      '  stack eksctl-shop-cluster',
      'leaves:',
      '  stack eksctl-shop-karpenter: made by eksctl 0.230.0',
    ])
  })

  it('says so when there is nothing, and does not list what nobody will remove', () => {
    expect(shown({ profiles: ['web'] })).toEqual([
      'nothing to remove: up has made no part of the cluster shop',
    ])
  })
})
