import { expect, it } from 'vitest'

import { fargateSizes, limitsOf, sizeOf } from '../rules/fargate/size.ts'
import { podLimits } from './pod-limits.ts'
import { samplePod } from './testing/sample-pod.ts'

const MiB = 1024 ** 2
const ON_FARGATE = { podLimits: { cpuMilli: 250, memoryBytes: 768 * MiB } }

it.each([
  ['nothing on EC2', undefined, {}, undefined],
  ['the size of Fargate', undefined, ON_FARGATE, ON_FARGATE.podLimits],
  ['its own limits', { cpu: '1', memory: '1Gi' }, {}, { cpuMilli: 1000, memoryBytes: 1024 * MiB }],
  ['its own memory alone', { memory: '64Mi' }, {}, { memoryBytes: 64 * MiB }],
  ['the less of both', { cpu: '100m', memory: '1Gi' }, ON_FARGATE, { cpuMilli: 100, memoryBytes: 768 * MiB }],
])('a pod has %s', (_, limits, machine, expected) => {
  const pod = samplePod({ spec: limits ? { resources: { limits } } : {} })
  expect(podLimits(pod, machine)).toEqual(expected)
})

it('every size of Fargate leaves what was asked for, without the part that Fargate adds', () => {
  expect(limitsOf({ vcpu: 0.25, memoryGB: 0.5 })).toEqual({ cpuMilli: 250, memoryBytes: 256 * MiB })
  for (const size of fargateSizes) {
    const { cpuMilli, memoryBytes } = limitsOf(size)
    const requests = { cpu: `${cpuMilli}m`, memory: String(memoryBytes) }
    const sizing = sizeOf({ containers: [{ resources: { requests } }] })
    expect(sizing).toMatchObject({ fits: true, size })
  }
})
