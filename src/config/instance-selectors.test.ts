import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from './cluster-config.ts'
import { withSelectedTypes } from './instance-selectors.ts'

const selector = { vCPUs: 2, memory: '2GiB', deny: 'a\\.' }

function select(parts: Partial<ClusterConfig>) {
  const config: ClusterConfig = {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name: 'workshop', region: 'eu-west-1' },
    ...parts,
  }
  const answer = withSelectedTypes(config, () => ({ file: 'cluster.yaml', line: 1, column: 1 }))
  return { ...answer, messages: answer.problems.map(({ message }) => message) }
}

describe('withSelectedTypes', () => {
  it('gives groups of both kinds the types that their selectors choose', () => {
    const { config, messages } = select({
      managedNodeGroups: [{ name: 'a', instanceSelector: selector }, { name: 'b' }],
      nodeGroups: [{ name: 'c', instanceSelector: selector }],
    })
    expect(messages).toEqual([])
    expect(config.managedNodeGroups?.map(({ instanceTypes }) => instanceTypes)).toEqual([
      ['t3.small'],
      undefined,
    ])
    expect(config.nodeGroups?.[0]?.instancesDistribution).toEqual({ instanceTypes: ['t3.small'] })
  })

  it.each<[string, Partial<ClusterConfig>, string]>([
    [
      'a type beside the selector',
      { managedNodeGroups: [{ name: 'a', instanceType: 't3.small', instanceSelector: selector }] },
      'node group a: cannot set instanceType when instanceSelector is specified',
    ],
    [
      'other types beside the selector',
      { managedNodeGroups: [{ name: 'a', instanceTypes: ['m5.large'], instanceSelector: selector }] },
      'node group a: the instance types of the file are not those that instanceSelector chooses',
    ],
    [
      'a selector of nothing',
      { nodeGroups: [{ name: 'c', instanceSelector: { vCPUs: 3 } }] },
      'node group c: instance selector criteria matched no instances; consider broadening your criteria so that more instance types are returned',
    ],
  ])('refuses %s', (_, parts, message) => {
    expect(select(parts).messages).toEqual([message])
  })
})
