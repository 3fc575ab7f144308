import { describe, expect, it } from 'vitest'
import type { ClusterConfig, ManagedNodeGroup } from '../config/cluster-config.ts'
import { nodeCapacity, nodeCountOf, nodeGroupsOf, totalCapacity } from './node-groups.ts'

function config(...managedNodeGroups: ManagedNodeGroup[]): ClusterConfig {
  return {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name: 'c', region: 'eu-west-1' },
    managedNodeGroups,
  }
}

describe('nodeGroupsOf', () => {
  it('fills in the defaults of eksctl', () => {
    expect(nodeGroupsOf(config({ name: 'a' }))).toMatchObject([
      {
        instanceTypeName: 'm5.large',
        desired: 2,
        max: 2,
        spot: false,
        volumeType: 'gp3',
        volumeGiB: 80,
        taints: [],
      },
    ])
  })

  it.each<[Partial<ManagedNodeGroup>, number, number]>([
    [{ minSize: 3 }, 3, 3],
    [{ minSize: 1, maxSize: 5 }, 1, 5],
    [{ desiredCapacity: 0, minSize: 0, maxSize: 4 }, 0, 4],
  ])('%j: %s nodes, at most %s', (sizes, desired, max) => {
    expect(nodeGroupsOf(config({ name: 'a', ...sizes }))).toMatchObject([{ desired, max }])
  })

  it('knows the labels and taints of its nodes', () => {
    const [group] = nodeGroupsOf(
      config({
        name: 'a',
        instanceType: 't4g.large',
        labels: { team: 'x' },
        taints: [
          { key: 'gpu', effect: 'NoSchedule' },
          { key: 'old', effect: 'PreferNoSchedule' },
        ],
      }),
    )
    expect(group?.labels).toMatchObject({
      team: 'x',
      'kubernetes.io/arch': 'arm64',
      'eks.amazonaws.com/nodegroup': 'a',
    })
    expect(group?.taints).toEqual([
      { key: 'gpu', effect: 'NoSchedule' },
      { key: 'old', effect: 'PreferNoSchedule' },
    ])
  })

  it('is empty without a config', () => {
    expect(nodeGroupsOf(undefined)).toEqual([])
  })
})

describe('capacity', () => {
  it('adds up the groups at their largest', () => {
    const groups = nodeGroupsOf(
      config({ name: 'a', instanceType: 't3.xlarge', maxSize: 3 }, { name: 'b', instanceType: 'm5.large' }),
    )
    expect(nodeCountOf(groups)).toBe(4)
    expect(totalCapacity(groups)).toEqual({
      cpuMilli: 3 * 3920 + 2 * 1930,
      memoryMiB: 3 * 15391 + 2 * 7518,
      pods: 3 * 58 + 2 * 29,
    })
  })

  it('is unknown with an unknown type', () => {
    const groups = nodeGroupsOf(config({ name: 'a', instanceType: 'x9.huge' }))
    expect(groups.map(nodeCapacity)).toEqual([undefined])
    expect(totalCapacity(groups)).toBeUndefined()
  })
})
