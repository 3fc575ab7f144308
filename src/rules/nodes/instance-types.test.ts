import { describe, expect, it } from 'vitest'
import { maxPods } from './allocatable.ts'
import { coresOf, instanceType, instanceTypeNames, typeDetails } from './instance-types.ts'

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

  // Facts of DescribeInstanceTypes.
  it.each([
    ['t2.micro', [1, 1024, 'amd64'], { hypervisor: 'xen', i386: true, burstable: true }],
    ['m1.small', [1, 1740, 'amd64'], { previous: true, hypervisor: 'xen', disks: [1, 160, 'hdd'] }],
    ['m4.large', [2, 8192, 'amd64'], { hypervisor: 'xen' }],
    ['g5.xlarge', [4, 16_384, 'amd64'], { gpus: [1, 'NVIDIA', 'A10G', 22_888] }],
    ['inf2.xlarge', [4, 16_384, 'amd64'], { neuron: [1, 'Inferentia2', 2, 32_768] }],
    ['p5.48xlarge', [192, 2_097_152, 'amd64'], { efa: true }],
    ['m8g.large', [2, 8192, 'arm64'], { network: 'Up to 12.5 Gigabit' }],
  ])('%s', (name, facts, details) => {
    const type = instanceType(name)
    expect([type?.vcpu, type?.memoryMiB, type?.arch]).toEqual(facts)
    expect(typeDetails(name)).toMatchObject(details)
  })

  it('knows cores where they are not as many as usual', () => {
    const cores = (name: string) => coresOf(instanceType(name) ?? { name, vcpu: 0, arch: 'amd64' })
    expect(['t3.large', 't4g.large', 't2.micro', 'm7a.large'].map(cores)).toEqual([1, 2, 1, 2])
  })

  it('knows every family of today, each with sound facts, and no other word', () => {
    const names = instanceTypeNames()
    expect(names.length).toBeGreaterThan(1200)
    for (const name of names) {
      const { vcpu = 0, memoryMiB = 0, enis = 0, ipv4PerEni = 0 } = instanceType(name) ?? {}
      expect(name).toMatch(/^[a-z0-9-]+\.[a-z0-9-]+$/)
      expect(Math.min(vcpu, memoryMiB, enis, ipv4PerEni), name).toBeGreaterThan(0)
    }
    expect(instanceType('constructor')).toBeUndefined()
    expect(instanceType('t9.large')).toBeUndefined()
  })
})
