import { describe, expect, it } from 'vitest'
import { maxPods } from './allocatable.ts'
import { instanceType, instanceTypeNames } from './instance-types.ts'

describe('instanceType', () => {
  // Pods as in eni-max-pods.txt of the VPC CNI.
  it.each([
    ['t3.medium', 2, 4096, 17, 'amd64'],
    ['t3.large', 2, 8192, 35, 'amd64'],
    ['t3.xlarge', 4, 16384, 58, 'amd64'],
    ['t4g.nano', 2, 512, 4, 'arm64'],
    ['m5.large', 2, 8192, 29, 'amd64'],
    ['m5.4xlarge', 16, 65536, 234, 'amd64'],
    ['m5.24xlarge', 96, 393216, 737, 'amd64'],
    ['c5.large', 2, 4096, 29, 'amd64'],
    ['m7g.large', 2, 8192, 29, 'arm64'],
    ['r5.xlarge', 4, 32768, 58, 'amd64'],
  ])('%s', (name, ...facts) => {
    const type = instanceType(name)
    expect([type?.vcpu, type?.memoryMiB, type && maxPods(type), type?.arch]).toEqual(facts)
  })

  it('knows the families of the plan, and nothing else', () => {
    const families = new Set(instanceTypeNames().map((name) => name.split('.')[0]))
    expect([...families]).toEqual([
      't3',
      't3a',
      't4g',
      'm5',
      'm5a',
      'm6i',
      'm6g',
      'm7i',
      'm7g',
      'c5',
      'c6i',
      'c7i',
      'r5',
      'r6i',
    ])
    expect(instanceType('p5.48xlarge')).toBeUndefined()
    expect(instanceType('constructor')).toBeUndefined()
  })
})
