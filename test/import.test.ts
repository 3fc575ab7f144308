// `neargate import` of a cluster that `up` made: the plan of what it writes says the same placement and price.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Playground } from './support/program.ts'

const playground = new Playground()
const workshop = 'examples/eks-workshop'
let output: string

interface PlanJson {
  readonly workloads: readonly { namespace: string; name: string; replicas: number; compute: string }[]
  readonly cost: { readonly monthly: number }
  readonly problems: readonly { severity: string; message: string }[]
}

async function planOf(...args: string[]): Promise<PlanJson> {
  const { stdout } = await playground.neargate('plan', ...args, '--format', 'json')
  return JSON.parse(stdout) as PlanJson
}

beforeAll(async () => {
  output = join(playground.home, 'imported')
  const { status, stderr } = await playground.neargate('up', workshop, '--json')
  expect(status, stderr).toBe(0)
}, 120_000)

afterAll(() => playground.dispose())

describe('neargate import', { timeout: 60_000 }, () => {
  it('writes the ClusterConfig, and a file a namespace', async () => {
    const { status, stdout, stderr } = await playground.neargate('import', 'eksworkshop', '-o', output)
    expect(status, stderr).toBe(0)
    expect(readdirSync(output).toSorted()).toEqual([
      'cluster.yaml',
      'nginx-ec2nodegroup.yaml',
      'nginx-fargate.yaml',
    ])
    expect(stdout).toContain('wrote cluster.yaml')
    expect(readFileSync(join(output, 'cluster.yaml'), 'utf8')).toContain('subnet-04a7c6e7e1589c953')
    const manifests = readFileSync(join(output, 'nginx-fargate.yaml'), 'utf8')
    for (const added of ['uid:', 'resourceVersion', 'managedFields', 'clusterIP', 'status:', 'neargate.dev'])
      expect(manifests).not.toContain(added)
  })

  it('is planned as what it was made of', async () => {
    const [made, imported] = await Promise.all([planOf(workshop), planOf(output)])
    const placed = ({ workloads }: PlanJson) =>
      workloads.map(({ namespace, name, replicas, compute }) => ({ namespace, name, replicas, compute }))
    expect(imported.problems.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(placed(imported)).toEqual(placed(made))
    expect(imported.cost.monthly).toBeCloseTo(made.cost.monthly, 2)
  })

  it('refuses what is not there, and a directory that holds something', async () => {
    expect(await playground.neargate('import', 'nobody', '-o', `${output}-2`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('there is no cluster nobody in ap-southeast-1'),
    })
    expect(await playground.neargate('import', 'eksworkshop', '-o', output)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is not empty: nothing was written'),
    })
  })
})
