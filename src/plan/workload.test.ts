import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../config/file-system.ts'
import { readProject } from '../config/project.ts'
import { valueAt, workloadsOf } from './workload.ts'

function workloads(text: string): ReturnType<typeof workloadsOf> {
  return workloadsOf(readProject(['a.yaml'], memoryFiles({ 'a.yaml': text })).manifests, 3)
}

function workload(kind: string, apiVersion: string, spec: string): string {
  return `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: w}, spec: ${spec}}\n`
}

const template = 'template: {spec: {containers: [{name: c}]}}'

describe('workloadsOf', () => {
  it.each([
    ['Deployment', 'apps/v1', `{${template}}`, 1],
    ['Deployment', 'apps/v1', `{replicas: 0, ${template}}`, 0],
    ['StatefulSet', 'apps/v1', `{replicas: 4, ${template}}`, 4],
    ['ReplicationController', 'v1', `{replicas: 2, ${template}}`, 2],
    ['DaemonSet', 'apps/v1', `{${template}}`, 3],
    ['Job', 'batch/v1', `{${template}}`, 1],
    ['Job', 'batch/v1', `{parallelism: 4, ${template}}`, 4],
    ['Job', 'batch/v1', `{parallelism: 4, completions: 2, ${template}}`, 2],
    ['CronJob', 'batch/v1', `{jobTemplate: {spec: {parallelism: 2, ${template}}}}`, 2],
    ['Pod', 'v1', '{containers: [{name: c}]}', 1],
  ])('%s of %s with %s: %s pods', (kind, apiVersion, spec, replicas) => {
    expect(workloads(workload(kind, apiVersion, spec))).toMatchObject([
      { kind, namespace: 'default', name: 'w', replicas },
    ])
  })

  it.each([
    ['another group', workload('Deployment', 'example.com/v1', `{${template}}`)],
    ['another kind', workload('ConfigMap', 'v1', '{}')],
    ['no template', workload('Deployment', 'apps/v1', '{replicas: 2}')],
    ['no containers', workload('Pod', 'v1', '{containers: []}')],
  ])('leaves out %s', (_, text) => {
    expect(workloads(text)).toEqual([])
  })

  it('knows where the pod spec stands', () => {
    const [first] = workloads(
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w}\nspec:\n  template:\n    spec:\n      containers: [{name: c}]\n',
    )
    expect(first?.manifest.locateKey(first.specPath)).toMatchObject({ line: 6, column: 5 })
  })

  it('makes pods of a DaemonSet known as such, and reads empty fields as absent', () => {
    const [first] = workloads(
      workload(
        'DaemonSet',
        'apps/v1',
        '{template: {metadata: {labels: }, spec: {initContainers: , containers: [{name: c}]}}}',
      ),
    )
    expect(first?.pod.metadata).toEqual({
      namespace: 'default',
      ownerReferences: [{ kind: 'DaemonSet', controller: true }],
    })
    expect(first?.pod.spec).toEqual({ containers: [{ name: 'c' }] })
  })
})

describe('valueAt', () => {
  it.each([
    [['a', 0, 'b'], 1],
    [['a', 1], undefined],
    [['a', 0, 'b', 'c'], undefined],
    [[], { a: [{ b: 1 }] }],
  ])('%j', (path, value) => {
    expect(valueAt({ a: [{ b: 1 }] }, path)).toEqual(value)
  })
})
