import { describe, expect, it } from 'vitest'

import { memoryFiles } from '../../config/file-system.ts'
import { readProject } from '../../config/project.ts'
import { listPrices, priceBook } from '../../rules/prices/price.ts'
import { parsePriceFile, withPriceFiles } from '../../rules/prices/price-file.ts'
import { makePlan, type Advice } from '../plan.ts'
import { renderPlan } from '../render.ts'
import { today } from '../testing/plan-of.ts'

interface Given {
  readonly region?: string
  readonly group?: string
  readonly replicas?: number
  readonly requests?: string
  readonly namespace?: string
  readonly prices?: string
}

function planned({ region = 'eu-west-1', group = '{name: ng, instanceType: m5.4xlarge}', ...app }: Given) {
  const { replicas = 4, requests = '{cpu: 500m, memory: 2Gi}', namespace = 'shop', prices } = app
  const files = memoryFiles({
    'cluster.yaml': `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: c, region: ${region}, version: "1.35"}
managedNodeGroups: [${group}]
fargateProfiles: [{name: fp, selectors: [{namespace: serverless}]}]
`,
    'app.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${namespace}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, resources: {requests: ${requests}}}]}
`,
  })
  const book =
    prices === undefined ? listPrices : priceBook(withPriceFiles([parsePriceFile(prices, 'p.json')]))
  return makePlan(readProject(['cluster.yaml', 'app.yaml'], files), { today, prices: book, advise: true })
}

function advice(given: Given = {}): Advice {
  const { advice: told } = planned(given)
  if (!told) throw new Error('no advice')
  return told
}

describe('smaller sizes', () => {
  it('of machines are the cheapest of their kind that hold the pods', () => {
    // Two nodes for four pods of 500m and 2Gi: an m5.large has no room for two of them beside what every node needs.
    expect(advice().sizes).toEqual([
      {
        subject: 'Node group ng',
        now: '2 × m5.4xlarge',
        instead: expect.stringMatching(/^2 × [cmr]\d[a-z]*\.(large|xlarge)$/),
        saves: expect.closeTo(1000, -3),
        by: 'its 4 pods would fit on as many nodes, beside what every node needs',
      },
    ])
  })

  it.each<[string, Given]>([
    ['that are filled', { replicas: 70 }],
    ['of spot', { group: '{name: ng, instanceType: m5.4xlarge, spot: true}' }],
    ['of a region without prices', { region: 'ap-east-2' }],
  ])('are not told of machines %s', (_, given) => {
    expect(advice(given).sizes).toEqual([])
  })

  it('keep the architecture, and what burstable means', () => {
    const burstable = advice({ group: '{name: ng, instanceType: t3.2xlarge}' }).sizes
    expect(burstable[0]?.instead).toMatch(/^2 × t3a?\./)
    const arm = advice({ group: '{name: ng, instanceType: m6g.4xlarge}' }).sizes
    expect(arm[0]?.instead).toMatch(/^2 × [cmr]\dg[a-z]*\./)
  })

  it('cannot be told from pods that ask for nothing', () => {
    const told = advice({ requests: '{}' })
    expect(told.sizes).toEqual([])
    expect(told.withoutRequests).toEqual(['shop/web'])
  })

  it('of Fargate pods are those that they nearly fit into', () => {
    // 1900Mi and Fargate's 256 are 108 more than 2 GB.
    const near = advice({ namespace: 'serverless', requests: '{cpu: 250m, memory: 1900Mi}', replicas: 10 })
    expect(near.sizes).toEqual([
      {
        subject: 'Deployment serverless/web',
        now: '10 × 0.5vCPU 3GB',
        instead: '10 × 0.25vCPU 2GB',
        saves: expect.closeTo(10 * 730 * (0.25 * 0.04048 + 0.004445), 1),
        by: 'requests of memory 1792Mi at most, with the 256 MiB that Fargate adds',
      },
    ])
    const far = advice({ namespace: 'serverless', requests: '{cpu: 250m, memory: 2700Mi}', replicas: 10 })
    expect(far.sizes).toEqual([])
  })
})

describe('break-even', () => {
  it('is what a commitment costs of On-Demand, and what a node costs of its pods on Fargate', () => {
    const [told] = advice({ group: '{name: ng, instanceType: m5.large, volumeType: gp2}' }).breakEvens
    // 1.93 cores and 7.1 GiB: three pods of 2Gi fill it by their memory.
    const share = (2 * 1024) / (8192 - (255 + 11 * 29) - 100)
    const fargateHourly = (0.5 * 0.04048 + 3 * 0.004445) / share
    expect(told).toMatchObject({ group: 'ng', instanceType: 'm5.large', nodes: 2, countedWith: 'pods' })
    expect(told?.requested).toBeCloseTo((4 * share) / 2, 6)
    expect(told?.fargateHourly).toBeCloseTo(fargateHourly, 6)
    expect(told?.terms).toEqual([
      {
        term: 'on-demand',
        hourly: 0.107,
        cheaperThanFargateFrom: expect.closeTo(0.107 / fargateHourly, 6),
        date: '2025-04-24',
      },
      expect.objectContaining({ term: 'reserved-1-year', paysFromHours: expect.closeTo(0.067 / 0.107, 6) }),
      expect.objectContaining({ term: 'reserved-3-years', paysFromHours: expect.closeTo(0.046 / 0.107, 6) }),
      expect.objectContaining({ term: 'spot', hourly: 0.04708 }),
    ])
  })

  it('counts with the machine where a group has no pods, and leaves Fargate out where it has no price', () => {
    const empty = advice({ namespace: 'serverless' }).breakEvens
    expect(empty[0]).toMatchObject({ countedWith: 'machine', requested: 0 })
    const [unknown] = advice({ region: 'eu-south-2' }).breakEvens
    expect(unknown?.fargateHourly).toBeUndefined()
    expect(unknown?.terms.every((term) => term.cheaperThanFargateFrom === undefined)).toBe(true)
  })

  it('knows what Savings Plans of one’s own save', () => {
    const [listed] = advice().breakEvens
    const [own] = advice({ prices: '{"savingsPlans": {"ec2": 0.3, "fargate": 0.2}}' }).breakEvens
    expect(own?.terms.find(({ term }) => term === 'savings-plan')).toMatchObject({
      paysFromHours: expect.closeTo(0.7, 9),
    })
    expect(own?.fargateHourly).toBeCloseTo((listed?.fargateHourly ?? 0) * 0.8, 9)
    expect(listed?.terms.some(({ term }) => term === 'savings-plan')).toBe(false)
  })
})

describe('in a terminal', () => {
  it.each([60, 80, 120])('%s columns hold it', (columns) => {
    const text = renderPlan(planned({}), { columns, paint: (_, plain) => plain })
    const told = text.slice(text.indexOf('CHEAPER'))
    expect(told).toContain('from ')
    expect(told).toContain('reserved, 3 ye')
    for (const line of told.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
  })
})
