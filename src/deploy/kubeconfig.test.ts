import { describe, expect, it } from 'vitest'

import { awsTokenProgram, kubeconfigOf, mergeKubeconfig, withoutEntries } from './kubeconfig.ts'

function of(name: string): ReturnType<typeof kubeconfigOf> {
  const cluster = { name, endpoint: `https://${name}`, certificateAuthorityData: 'Q0E=' }
  return kubeconfigOf(cluster, {
    name: 'alice',
    region: 'eu-west-1',
    tokens: awsTokenProgram(name, 'eu-west-1'),
  })
}

describe('kubeconfigs', () => {
  it('replace entries of their names when they are put together', () => {
    const merged = mergeKubeconfig(mergeKubeconfig(of('a'), of('b')), of('a'))
    expect(merged.clusters.map(({ name }) => name)).toEqual([
      'b.eu-west-1.eksctl.io',
      'a.eu-west-1.eksctl.io',
    ])
    expect(merged['current-context']).toBe('alice@a.eu-west-1.eksctl.io')
  })

  it('keep a current context that is not the one that goes', () => {
    const both = mergeKubeconfig(of('a'), of('b'))
    const left = withoutEntries(both, ['alice@a.eu-west-1.eksctl.io', 'a.eu-west-1.eksctl.io'])
    expect(left).toMatchObject({
      'current-context': 'alice@b.eu-west-1.eksctl.io',
      contexts: [{ name: 'alice@b.eu-west-1.eksctl.io' }],
    })
    expect(withoutEntries(left, ['alice@b.eu-west-1.eksctl.io'])['current-context']).toBe('')
  })

  it('have no variables where there are none', () => {
    expect(JSON.stringify(of('a'))).toContain('"env":null')
  })
})
