import { expect, it } from 'vitest'

import { deployment, plan } from './testing/plan-of.ts'

const SMALL = '[{name: ng, instanceType: t3.medium, desiredCapacity: 1}]'

function quotas(manifests: string, given: Parameters<typeof plan>[1]): string[] {
  return plan(manifests, { target: 'aws', nodes: SMALL, ...given })
    .problems.filter(({ code }) => code === 'quota-exceeded')
    .map(({ message }) => message)
}

const many = (count: number, item: (index: number) => string): string =>
  `[${Array.from({ length: count }, (_, index) => item(index)).join(', ')}]`

it.each<[string, Parameters<typeof plan>[1], string]>([
  [
    'vCPUs',
    { nodes: '[{name: ng, instanceType: t3.xlarge}]' },
    '"Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances" (L-1216C47A) is 5 for a new account, and this takes 8',
  ],
  [
    'GPUs',
    { nodes: '[{name: ng, instanceType: g5.xlarge, desiredCapacity: 1}]' },
    '"Running On-Demand G and VT instances" (L-DB2E81BA) is 0 for a new account, and this takes 4',
  ],
  [
    'profiles',
    { profiles: many(11, (i) => `{name: fp-${i}, selectors: [{namespace: n${i}}]}`) },
    '"Fargate profiles per cluster" (L-33415657) is 10 for a new account, and this takes 11',
  ],
  [
    'node groups',
    { nodes: many(31, (i) => `{name: ng-${i}, instanceType: t3.nano, minSize: 0, desiredCapacity: 0}`) },
    '"Managed node groups per cluster" (L-6D54EA21) is 30 for a new account, and this takes 31',
  ],
  [
    'nodes',
    { nodes: '[{name: ng, instanceType: t3.nano, minSize: 0, desiredCapacity: 0, maxSize: 451}]' },
    '"Nodes per managed node group" (L-BD136A63) is 450 for a new account, and this takes 451',
  ],
])('too many %s are told', (_, given, message) => {
  expect(quotas('', given)).toEqual([message])
})

it("tells of Fargate's vCPUs, and of nothing near or within the quotas", () => {
  const pods = deployment(
    'shop',
    '{containers: [{name: web, image: nginx, resources: {requests: {cpu: 2, memory: 4Gi}}}]}',
  )
  const four = pods.replace('spec:', 'spec:\n  replicas: 4')
  expect(quotas(four, {})).toEqual([
    '"Fargate On-Demand vCPU resource count" (L-3032A538) is 6 for a new account, and this takes 8',
  ])
  expect(quotas(pods, {})).toEqual([])
  expect(quotas(four, { target: 'near' })).toEqual([])
})

it('points at the group that has most of the vCPUs', () => {
  const columnOf = (nodes: string): number | undefined =>
    plan('', { target: 'aws', nodes }).problems.find(({ code }) => code === 'quota-exceeded')?.column
  const big = columnOf('[{name: big, instanceType: m5.8xlarge}]')
  expect(columnOf('[{name: small, instanceType: t3.large}, {name: big, instanceType: m5.8xlarge}]')).toBe(
    (big ?? 0) + '{name: small, instanceType: t3.large}, '.length,
  )
})
