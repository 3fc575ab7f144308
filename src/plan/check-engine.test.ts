import { expect, test } from 'vitest'

import { memoryFiles } from '../config/file-system.ts'
import { readProject } from '../config/project.ts'
import { makePlan, type PlanOptions } from './plan.ts'

const CLUSTER = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: c, region: eu-west-1, version: "1.35"}
managedNodeGroups: [{name: ng, instanceType: t3.large}]
`
const POD = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: nginx}]}
`
const LACKS = 'podman 5 is rootless: limits do not hold'

function told(manifests: string, options: Partial<PlanOptions>): string[] {
  const files = memoryFiles({ 'cluster.yaml': CLUSTER, 'app.yaml': manifests })
  const project = readProject(['cluster.yaml', 'app.yaml'], files)
  const { problems } = makePlan(project, { today: new Date('2026-11-28'), ...options })
  return problems.filter(({ code }) => code === 'engine-lacks').map(({ message }) => message)
}

test('says what the engine of this machine cannot do, once, for pods that are to run near', () => {
  expect(told(`${POD}---\n${POD.replace('web}', 'api}')}`, { engineLacks: LACKS })).toEqual([LACKS])
  expect(told(POD, { engineLacks: LACKS, target: 'aws' })).toEqual([])
  expect(told(POD, {})).toEqual([])
})

test('says nothing of it where no pods are', () => {
  expect(told('', { engineLacks: LACKS })).toEqual([])
})
