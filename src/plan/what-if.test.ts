import { describe, expect, it } from 'vitest'

import { memoryFiles } from '../config/file-system.ts'
import { readProject, type Project } from '../config/project.ts'
import { makePlan } from './plan.ts'
import { moved, parseMove } from './what-if.ts'

const today = new Date('2026-11-27')

function project(selector = 'shop'): Project {
  const cluster = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: a, region: us-east-1 }
managedNodeGroups: [{ name: ng, instanceType: t3.xlarge, desiredCapacity: 2 }]
fargateProfiles: [{ name: web, selectors: [{ namespace: ${selector} }] }]
`
  const deployment = (namespace: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${namespace} }
spec:
  selector: { matchLabels: { a: b } }
  template:
    metadata: { labels: { a: b } }
    spec: { containers: [{ name: web, image: nginx }] }
`
  const files = { 'cluster.yaml': cluster, 'a.yaml': `${deployment('shop')}---\n${deployment('back')}` }
  return readProject(Object.keys(files), memoryFiles(files))
}

function computeOf(changed: Project): Record<string, string> {
  const { workloads } = makePlan(changed, { today })
  return Object.fromEntries(workloads.map(({ namespace, compute }) => [namespace, compute]))
}

describe('a namespace that moved', () => {
  it('to Fargate costs what its pods cost there, and nothing else changes', () => {
    const after = moved(project(), [parseMove('back=fargate')])
    expect(computeOf(project())).toMatchObject({ shop: 'fargate', back: 'ec2' })
    expect(computeOf(after)).toMatchObject({ shop: 'fargate', back: 'fargate' })
    const { cost } = makePlan(after, { today })
    expect(cost.items.map(({ name }) => name)).toContain('Fargate back/web')
  })

  it('to EC2 leaves the profile that took it, which goes when it has nothing left', () => {
    expect(computeOf(moved(project(), [parseMove('shop=ec2')]))).toMatchObject({ shop: 'ec2', back: 'ec2' })
    expect(moved(project(), [parseMove('shop=ec2')]).clusterConfig?.config.fargateProfiles).toEqual([])
  })

  it('cannot leave a selector that takes others with it', () => {
    expect(() => moved(project('sh*'), [parseMove('shop=ec2')])).toThrow('takes more than shop')
  })
})

it.each(['shop', 'shop=lambda', '=ec2', 'Shop=ec2'])('%s is no move', (text) => {
  expect(() => parseMove(text)).toThrow(`${text} is no move`)
})
