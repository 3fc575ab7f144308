import { describe, expect, it } from 'vitest'

import type { Pod, PodSpec } from '../../../generated/kubernetes.d.ts'
import { validatePodUpdate } from './pod-update.ts'

const metadata = { name: 'p', namespace: 'd', uid: 'u', creationTimestamp: '', resourceVersion: '1' }
const base: PodSpec = {
  containers: [{ name: 'c', image: 'nginx' }],
  schedulingGates: [{ name: 'a.b/c' }],
  tolerations: [{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }],
  nodeSelector: { a: 'b' },
  terminationGracePeriodSeconds: 30,
}

function findings(next: Partial<PodSpec>, old: Partial<PodSpec> = {}): string[] {
  const before: Pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...base, ...old } }
  return validatePodUpdate({ ...before, spec: { ...before.spec, ...next } }, before).map(
    ({ field, detail }) => `${field}: ${detail}`.slice(0, 90),
  )
}

describe('a pod', () => {
  it.each<[string, Partial<PodSpec>, Partial<PodSpec>?]>([
    ['another image', { containers: [{ name: 'c', image: 'other' }] }],
    ['no gate any more', { schedulingGates: [] }],
    ['a toleration more', { tolerations: [...(base.tolerations ?? []), { key: 'z' }] }],
    ['a toleration for longer', { tolerations: [{ key: 'k', operator: 'Exists', tolerationSeconds: 5 }] }],
    ['a deadline', { activeDeadlineSeconds: 5 }],
    ['a nearer deadline', { activeDeadlineSeconds: 4 }, { activeDeadlineSeconds: 5 }],
    [
      'a grace that is no longer negative',
      { terminationGracePeriodSeconds: 1 },
      { terminationGracePeriodSeconds: -1 },
    ],
    ['a narrower node selector while it waits', { nodeSelector: { a: 'b', c: 'd' } }],
    ['a first node affinity while it waits', { affinity: { nodeAffinity: {} } }],
  ])('may have %s', (_what, next, old) => {
    expect(findings(next, old)).toEqual([])
  })

  it.each<[string, Partial<PodSpec>, string, Partial<PodSpec>?]>([
    ['a container more', { containers: [...base.containers, { name: 'd' }] }, 'spec.containers: Forbidden'],
    ['another grace', { terminationGracePeriodSeconds: 5 }, 'spec: Forbidden'],
    ['a wider node selector', { nodeSelector: {} }, 'spec.nodeSelector: Invalid value'],
    [
      'a selector once it is free',
      { nodeSelector: { a: 'b', c: 'd' } },
      'spec: Forbidden',
      { schedulingGates: [] },
    ],
    ['a gate more', { schedulingGates: [{ name: 'x/y' }] }, 'spec.schedulingGates[0].name: Forbidden'],
    [
      'a later deadline',
      { activeDeadlineSeconds: 9 },
      'spec.activeDeadlineSeconds',
      { activeDeadlineSeconds: 5 },
    ],
    ['no toleration any more', { tolerations: [] }, 'spec.tolerations: Forbidden'],
  ])('may not have %s', (_what, next, expected, old) => {
    expect(findings(next, old)).toEqual([expect.stringContaining(expected)])
  })
})
