import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../config/cluster-config.ts'
import { offlineStacks } from './offline-stacks.ts'

const config: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'shop', region: 'eu-west-1', version: '1.35' },
}

function told(more: Partial<ClusterConfig>): { names: readonly string[]; means: readonly string[] } {
  const { stacks, placeholders } = offlineStacks({ ...config, ...more })
  return { names: stacks.map(({ name }) => name), means: placeholders.map(({ means }) => means) }
}

describe('offlineStacks', () => {
  it('lays a network over the first zones of the region, and needs nothing looked up', () => {
    const { stacks, placeholders } = offlineStacks(config)
    expect(stacks.map(({ name }) => name)).toEqual(['eksctl-shop-cluster'])
    expect(Object.keys(stacks[0]?.template.Resources ?? {})).toContain('SubnetPrivateEUWEST1C')
    expect(placeholders).toEqual([])
  })

  it('says what stands for what only AWS knows', () => {
    const vpc = {
      subnets: { private: { 'eu-west-1a': { id: 'subnet-1' }, 'eu-west-1b': { cidr: '10.0.1.0/24' } } },
    }
    expect(told({ vpc }).means).toEqual([
      'the VPC of the subnets in vpc.subnets',
      'the id of "eu-west-1b" of vpc.subnets',
    ])
    expect(told({ nodeGroups: [{ name: 'own' }] })).toEqual({
      names: ['eksctl-shop-cluster', 'eksctl-shop-nodegroup-own'],
      means: [
        expect.stringContaining('image of nodes that join'),
        expect.stringContaining('endpoint of the cluster'),
        expect.stringContaining('certificate authority'),
      ],
    })
  })

  it('has the stacks of roles that trust the issuer, which there is none of yet', () => {
    const iam = {
      withOIDC: true,
      serviceAccounts: [
        {
          metadata: { name: 'reader', namespace: 'web' },
          attachPolicyARNs: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
        },
      ],
    }
    const { names, means } = told({ iam })
    expect(names).toContain('eksctl-shop-addon-iamserviceaccount-web-reader')
    expect(means).toEqual([expect.stringContaining('OIDC issuer')])
  })
})
