import { describe, expect, it } from 'vitest'

import type { LimitRange, LimitRangeItem } from '../../../generated/kubernetes.d.ts'
import { applyDefaults } from '../schema/default.ts'
import { limitRangeKind } from './limit-range.ts'

function range(...limits: LimitRangeItem[]): LimitRange {
  const metadata = { name: 'l', namespace: 'd', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  return { apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits } }
}

function defaulted(item: LimitRangeItem): LimitRangeItem | undefined {
  return (applyDefaults(limitRangeKind, range(item)) as LimitRange).spec.limits[0]
}

function findings(...limits: LimitRangeItem[]): string[] {
  return (limitRangeKind.validate?.(range(...limits)) ?? []).map(({ field, detail }) => `${field}: ${detail}`)
}

describe('LimitRange', () => {
  // What kube-apiserver v1.35.4 stored for these.
  it.each<[LimitRangeItem, LimitRangeItem]>([
    [
      { type: 'Container', max: { cpu: '2' }, defaultRequest: { memory: '1Mi' } },
      {
        type: 'Container',
        max: { cpu: '2' },
        default: { cpu: '2' },
        defaultRequest: { cpu: '2', memory: '1Mi' },
      },
    ],
    [
      { type: 'Container', default: { cpu: '2' }, min: { memory: '1Mi' } },
      {
        type: 'Container',
        min: { memory: '1Mi' },
        default: { cpu: '2' },
        defaultRequest: { cpu: '2', memory: '1Mi' },
      },
    ],
    [
      { type: 'Pod', max: { cpu: '2' } },
      { type: 'Pod', max: { cpu: '2' } },
    ],
    [
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    ],
  ])('%j is stored as %j', (sent, stored) => {
    expect(defaulted(sent)).toEqual(stored)
  })

  it('wants a ratio that least and most allow', () => {
    const item = { type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } }
    expect(findings(item)).toEqual([
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
    ])
  })

  it('knows which resources containers have', () => {
    expect(findings({ type: 'Container', max: { storage: '1Gi' } })).toEqual([
      'spec.limits[0].max[storage]: Invalid value: "storage": must be a standard resource for containers',
    ])
    expect(findings({ type: 'Container', max: { 'nvidia.com/gpu': '1' } })).toEqual([])
  })
})
