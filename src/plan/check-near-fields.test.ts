import { expect, test } from 'vitest'

import { memoryFiles } from '../config/file-system.ts'
import { readProject } from '../config/project.ts'
import { makePlan } from './plan.ts'
import { today } from './testing/plan-of.ts'

function errors(fields: string, target: 'near' | 'aws'): string[] {
  const cluster = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: c, region: us-west-2, version: "1.35"}
${fields}
`
  const project = readProject(['cluster.yaml'], memoryFiles({ 'cluster.yaml': cluster }))
  return makePlan(project, { today, target })
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code}: ${message}`)
}

test.each([
  [
    'kubeAPIServerConfig: {eventTTL: 30m}',
    'field-not-near: kubeAPIServerConfig is not emulated: near, the API server keeps its defaults',
  ],
  [
    'kubeSchedulerConfig: {nodeResourcesFit: {scoringStrategy: {type: MostAllocated}}}',
    'field-not-near: kubeSchedulerConfig is not emulated: near, the scheduler keeps its defaults',
  ],
  [
    'nodeGroups: [{name: ng, instanceType: m5.xlarge, enclaveEnabled: true}]',
    'field-not-near: node group ng: Nitro Enclaves are not emulated',
  ],
])('%s is refused near, and taken for AWS', (fields, message) => {
  expect(errors(fields, 'near')).toEqual([message])
  expect(errors(fields, 'aws')).toEqual([])
})

test('a group that asks for no enclaves is taken', () => {
  expect(errors('nodeGroups: [{name: ng, instanceType: m5.xlarge, enclaveEnabled: false}]', 'near')).toEqual(
    [],
  )
})
