import { describe, expect, it } from 'vitest'

import { deployment, plan } from './testing/plan-of.ts'

const CODES = new Set(['quantity-tiny', 'fargate-no-effect', 'fargate-limit', 'fargate-job-bills-on'])

function advice(manifest: string): string[] {
  return plan(manifest)
    .problems.filter(({ code }) => CODES.has(code))
    .map(({ code, line, column, message }) => `${code} ${line}:${column} ${message}`)
}

function job(kind: 'Job' | 'CronJob', more = ''): string {
  const spec = `{${more}template: {spec: {restartPolicy: Never, containers: [{name: c, image: i, resources: {requests: {cpu: 200m, memory: 300Mi}}}]}}}`
  const whole = kind === 'Job' ? spec : `{schedule: "* * * * *", jobTemplate: {spec: ${spec}}}`
  return `apiVersion: batch/v1\nkind: ${kind}\nmetadata: {name: j, namespace: shop}\nspec: ${whole}\n`
}

function requesting(resources: string, namespace = 'shop'): string {
  return deployment(namespace, `{containers: [{name: c, image: i, resources: ${resources}}]}`)
}

describe('quantities', () => {
  it.each([
    ['512m', 'requests', '1 byte'],
    ['128', 'limits', '128 bytes'],
    ['1048575', 'requests', '1048575 bytes'],
  ])('%s in %s is %s', (text, side, means) => {
    expect(advice(requesting(`{${side}: {memory: "${text}"}}`, 'store'))).toEqual([
      expect.stringMatching(`^quantity-tiny 8:\\d+ .*: memory ${text} in ${side} of c means ${means}$`),
    ])
  })

  it.each(['0', '1Mi', '1048576', '0.5Gi'])('%s is meant', (text) => {
    expect(advice(requesting(`{requests: {memory: "${text}"}}`, 'store'))).toEqual([])
  })
})

describe('Fargate', () => {
  const container = 'containers: [{name: c, image: i, resources: {requests: {cpu: 200m, memory: 300Mi}}}]'

  it.each([
    [
      'spread',
      `{topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}], ${container}}`,
      'topologySpreadConstraints have no effect',
    ],
    [
      'anti-affinity',
      `{affinity: {podAntiAffinity: {}}, ${container}}`,
      'affinity to other pods has no effect',
    ],
  ])('has nothing to choose by %s', (_, podSpec, expected) => {
    expect(advice(deployment('shop', podSpec))).toEqual([expect.stringContaining(expected)])
    expect(advice(deployment('store', podSpec))).toEqual([])
  })

  it('writes its annotation itself', () => {
    const annotated = deployment('shop', `{${container}}`).replace(
      'metadata: {labels: {app: web}}',
      'metadata: {labels: {app: web}, annotations: {CapacityProvisioned: 4vCPU 8GB}}',
    )
    expect(advice(annotated)).toEqual([
      expect.stringContaining('the annotation CapacityProvisioned does not size the pod'),
    ])
  })

  it('cannot hold a CPU limit above its size', () => {
    const limit = (cpu: string): string => `{requests: {cpu: 250m, memory: 300Mi}, limits: {cpu: ${cpu}}}`
    expect(advice(requesting(limit('250m')))).toEqual([])
    expect(advice(requesting(limit('251m')))).toEqual([
      expect.stringContaining('CPU limit 251m of c is more than the pod has (0.25vCPU 1GB)'),
    ])
    expect(advice(requesting(limit('2'), 'store'))).toEqual([])
  })

  it.each(['Job', 'CronJob'] as const)('bills a %s until its pods are deleted', (kind) => {
    expect(advice(job(kind))).toEqual([
      expect.stringContaining(`${kind} shop/j has no ttlSecondsAfterFinished`),
    ])
    expect(advice(job(kind, 'ttlSecondsAfterFinished: 60, '))).toEqual([])
  })
})
