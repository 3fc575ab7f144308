import { describe, expect, it } from 'vitest'

import { deployment, plan } from './testing/plan-of.ts'

const IMAGE = 'name: web, image: nginx, resources: {requests: {cpu: 250m, memory: 512Mi}}'

function refused(labels: string, podSpec: string): string[] {
  const namespace = `---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {${labels}}}\n`
  return plan(deployment('shop', podSpec) + namespace)
    .problems.filter(({ code }) => code === 'pod-security')
    .map(({ message, severity }) => `${severity} ${message}`)
}

describe('Pod Security in a plan', () => {
  it('tells of pods that their namespace will refuse', () => {
    const label = 'pod-security.kubernetes.io/enforce: baseline'
    expect(refused(label, `{hostNetwork: true, containers: [{${IMAGE}}]}`)).toEqual([
      'error Deployment shop/web violates PodSecurity "baseline:latest" of its namespace: host namespaces (hostNetwork=true)',
    ])
  })

  it.each([
    ['keep to the level', 'pod-security.kubernetes.io/enforce: baseline', ''],
    ['are only warned of', 'pod-security.kubernetes.io/warn: baseline', 'hostNetwork: true, '],
    ['nothing is asked of', 'team: shop', 'hostNetwork: true, '],
  ])('says nothing of pods that %s', (_which, label, more) => {
    expect(refused(label, `{${more}containers: [{${IMAGE}}]}`)).toEqual([])
  })
})
