import { describe, expect, it } from 'vitest'

import { allocatableDiskBytes, allocatableOf } from './allocatable.ts'
import { instanceType } from './instance-types.ts'

describe('allocatableOf', () => {
  // CPU and pods as nodes report them; memory by the formula, without the hypervisor's share.
  it.each([
    ['t3.medium', 1930, 3554, 17],
    ['t3.xlarge', 3920, 15391, 58],
    ['m5.large', 1930, 7518, 29],
    ['m5.2xlarge', 7910, 31775, 58],
    ['m5.4xlarge', 15890, 62607, 234],
  ])('%s', (name, cpuMilli, memoryMiB, pods) => {
    const type = instanceType(name)
    expect(type && allocatableOf(type)).toEqual({ cpuMilli, memoryMiB, pods })
  })
})

describe('allocatableDiskBytes', () => {
  it.each([
    [20, 17 * 1024 ** 3],
    [80, 71 * 1024 ** 3],
    [1, 0],
  ])('of %d GiB', (diskGiB, bytes) => {
    expect(allocatableDiskBytes(diskGiB)).toBe(bytes)
  })
})
