import { expect, test } from 'vitest'

import { memoryFiles } from '../config/file-system.ts'
import { readProject } from '../config/project.ts'
import { makePlan } from './plan.ts'
import { deployment, today } from './testing/plan-of.ts'

const POOL = `apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: default}
spec:
  template:
    spec:
      requirements: []
      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: default}
---
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: default}
spec: {role: nodes}
---
`
const arm = deployment(
  'default',
  '{nodeSelector: {kubernetes.io/arch: arm64}, containers: [{name: web, image: nginx}]}',
)

function told(
  manifests: string,
  { karpenter = 'karpenter: {version: 1.8.1}', hasOnlyStandIns = false } = {},
): string[] {
  const cluster = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: c, region: eu-west-1, version: "1.35"}
iam: {withOIDC: true}
managedNodeGroups: [{name: ng, instanceType: t3.large}]
${karpenter}
`
  const files = memoryFiles({ 'cluster.yaml': cluster, 'app.yaml': manifests })
  const { problems } = makePlan(readProject(['cluster.yaml', 'app.yaml'], files), { today, hasOnlyStandIns })
  return problems
    .map(({ code }) => code)
    .filter((code) => !['price-unknown', 'stand-ins'].includes(code))
    .toSorted()
}

test('says that the nodes of Karpenter are not in the plan, and refuses no pod that may get one', () => {
  expect(told(POOL + arm)).toEqual(['karpenter-nodes'])
})

test('refuses pods that no group holds where Karpenter has no pool', () => {
  expect(told(arm)).toEqual(['karpenter-nodes', 'no-nodes'])
})

test('refuses them where Karpenter is a stand-in, and says so', () => {
  expect(told(POOL + arm, { hasOnlyStandIns: true })).toEqual(
    expect.arrayContaining(['karpenter-nodes', 'no-nodes']),
  )
})

test('knows its kinds only where it is installed', () => {
  expect(told(POOL + arm, { karpenter: '' })).toEqual(['kind-not-defined', 'kind-not-defined', 'no-nodes'])
})

test.each([
  ['karpenter: {version: latest}', 'invalid-value'],
  ['karpenter: {}', 'missing-field'],
  ['karpenter: {version: 1.8.1, withSpotInterruptionQueue: true}', 'not-supported'],
])('refuses %s', (karpenter, code) => {
  expect(told(POOL, { karpenter })).toContain(code)
})
