import { describe, expect, it } from 'vitest'

import type { ResourceQuota } from '../../../generated/kubernetes.d.ts'
import { resourceQuotaKind } from './resource-quota.ts'

function quota(change: Partial<ResourceQuota>): ResourceQuota {
  const metadata = { name: 'q', namespace: 'd', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: {}, ...change }
}

function findings(spec: ResourceQuota['spec']): string[] {
  const errors = resourceQuotaKind.validate?.(quota({ spec })) ?? []
  return errors.map(({ field, detail }) => `${field}: ${detail}`)
}

describe('ResourceQuota', () => {
  it('prints what is requested and what is limited in two columns', () => {
    const status = { hard: { pods: '5', 'limits.cpu': '2', cpu: '1' }, used: { pods: '1', cpu: '500m' } }
    const cells = resourceQuotaKind.columns.slice(1, 3).map((column) => column.cell(quota({ status }), 0))
    expect(cells).toEqual(['cpu: 500m/1, pods: 1/5', 'limits.cpu: 0/2'])
  })

  it('takes every name that can be counted', () => {
    const hard = {
      'requests.nvidia.com/gpu': '4',
      'count/widgets.example.com': '3',
      'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
      'hugepages-2Mi': '1Gi',
    }
    expect(findings({ hard })).toEqual([])
  })

  it('lets only Exists be said of scopes without values', () => {
    const matchExpressions = [
      { scopeName: 'Terminating' as const, operator: 'In' as const, values: ['x'] },
      { scopeName: 'PriorityClass' as const, operator: 'Exists' as const, values: ['x'] },
    ]
    expect(findings({ hard: { pods: '1' }, scopeSelector: { matchExpressions } })).toEqual([
      `spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`,
      `spec.scopeSelector.matchExpressions.values: Invalid value: ["x"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
    ])
  })

  it('keeps its scopes for good', () => {
    const before = quota({ spec: { scopes: ['BestEffort'] } })
    const after = quota({ spec: { scopes: ['Terminating'] } })
    expect(resourceQuotaKind.validateUpdate?.(before, before)).toEqual([])
    expect(resourceQuotaKind.validateUpdate?.(after, before)).toMatchObject([
      { field: 'spec.scopes', detail: 'Invalid value: ["Terminating"]: field is immutable' },
    ])
  })

  it('starts without a status, whatever was sent', () => {
    const sent = quota({ status: { hard: { pods: '1' } } })
    expect(resourceQuotaKind.prepareForCreate?.(sent).status).toEqual({})
  })
})
