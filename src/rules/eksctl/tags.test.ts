import { describe, expect, it } from 'vitest'

import { clusterOfTags, clusterTags, managedNodeGroupTags, nodeLabels } from './tags.ts'

describe('clusterTags', () => {
  it('name the cluster as new and as old releases of eksctl read it', () => {
    expect(clusterTags('shop')).toMatchObject({
      'alpha.eksctl.io/cluster-name': 'shop',
      'eksctl.cluster.k8s.io/v1alpha1/cluster-name': 'shop',
    })
  })

  it('carry a version that eksctl can parse: three numbers before the first dash', () => {
    const [version] = clusterTags('shop')['alpha.eksctl.io/eksctl-version']!.split('-')
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })
})

describe('clusterOfTags', () => {
  it.each([
    ['the tag of today', { 'alpha.eksctl.io/cluster-name': 'shop' }, 'shop'],
    ['the tag of old releases', { 'eksctl.cluster.k8s.io/v1alpha1/cluster-name': 'shop' }, 'shop'],
    ['no tag', { owner: 'shop' }, undefined],
  ])('reads %s', (_, tags, cluster) => {
    expect(clusterOfTags(tags)).toBe(cluster)
  })
})

describe('node groups', () => {
  it('are tagged as managed ones', () => {
    expect(managedNodeGroupTags('main')).toEqual({
      'alpha.eksctl.io/nodegroup-name': 'main',
      'alpha.eksctl.io/nodegroup-type': 'managed',
    })
  })

  it('label their nodes with the cluster and the group', () => {
    expect(nodeLabels('shop', 'main')).toEqual({
      'alpha.eksctl.io/cluster-name': 'shop',
      'alpha.eksctl.io/nodegroup-name': 'main',
    })
  })
})
