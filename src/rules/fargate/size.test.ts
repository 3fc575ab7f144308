import { describe, expect, it } from 'vitest'
import type { PodSpec } from '../../../generated/kubernetes.d.ts'
import type { SizedPodSpec } from './size.ts'
import { fargateSizes, formatCapacity, requestsOf, sizeOf } from './size.ts'

const GiB = 1024 ** 3

function container(cpu?: string, memory?: string, more: object = {}): SizedPodSpec['containers'][number] {
  const requests = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) }
  return { resources: { requests }, ...more }
}

function capacity(spec: SizedPodSpec): string {
  const sizing = sizeOf(spec)
  return sizing.fits ? formatCapacity(sizing.size) : sizing.reason
}

describe('the table of sizes', () => {
  it('has the rows of the User Guide', () => {
    const rows = new Map<number, number[]>()
    for (const { vcpu, memoryGB } of fargateSizes) rows.set(vcpu, [...(rows.get(vcpu) ?? []), memoryGB])
    const summary = [...rows].map(([vcpu, sizes]) => [vcpu, sizes[0], sizes.at(-1), sizes.length])
    expect(summary).toEqual([
      [0.25, 0.5, 2, 3],
      [0.5, 1, 4, 4],
      [1, 2, 8, 7],
      [2, 4, 16, 13],
      [4, 8, 30, 23],
      [8, 16, 60, 12],
      [16, 32, 120, 12],
    ])
  })
})

describe('sizeOf', () => {
  // Worked examples of the User Guide, the EKS workshop and published pods, then what follows from the algorithm.
  it.each([
    [undefined, undefined, '0.25vCPU 0.5GB'],
    ['1', '8Gi', '2vCPU 9GB'],
    ['1', '2.5G', '1vCPU 3GB'],
    ['250m', '512Mi', '0.25vCPU 1GB'],
    ['250m', '2Gi', '0.5vCPU 3GB'],
    ['4', '30Gi', '8vCPU 32GB'],
    ['100m', '256Mi', '0.25vCPU 0.5GB'],
    ['100m', '257Mi', '0.25vCPU 1GB'],
    ['100m', '512Mi', '0.25vCPU 1GB'],
    ['251m', '256Mi', '0.5vCPU 1GB'],
    ['16', '100Gi', '16vCPU 104GB'],
    ['16', '122624Mi', '16vCPU 120GB'],
    [undefined, '100Gi', '16vCPU 104GB'],
    ['16', '122625Mi', 'POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE'],
    ['16001m', '1Gi', 'POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE'],
  ])('cpu %s, memory %s -> %s', (cpu, memory, expected) => {
    expect(capacity({ containers: [container(cpu, memory)] })).toBe(expected)
  })

  it('takes limits where there are no requests', () => {
    expect(capacity({ containers: [{ resources: { limits: { cpu: '2000m', memory: '2Gi' } } }] })).toBe(
      '2vCPU 4GB',
    )
    const both = { requests: { cpu: '250m' }, limits: { cpu: '2', memory: '512Mi' } }
    expect(capacity({ containers: [{ resources: both }] })).toBe('0.25vCPU 1GB')
  })

  it('adds containers, and takes the largest init container where that is more', () => {
    const containers = [container('200m', '200Mi'), container('200m', '200Mi')]
    expect(capacity({ containers })).toBe('0.5vCPU 1GB')
    expect(
      capacity({ containers, initContainers: [container('1', '100Mi'), container('900m', '3Gi')] }),
    ).toBe('1vCPU 4GB')
  })

  it('counts native sidecars as Kubernetes does', () => {
    const sidecar = container('200m', '1Gi', { restartPolicy: 'Always' })
    const spec = {
      containers: [container('200m', '1Gi')],
      initContainers: [sidecar, container('100m', '2Gi')],
    }
    // Sidecar and container run together: 400m, 2 GiB; sidecar and the second init container: 300m, 3 GiB.
    expect(requestsOf(spec)).toMatchObject({ cpuMilli: 400, memoryBytes: 3 * GiB })
    const before = {
      containers: [container('1m', '1Mi')],
      initContainers: [container('100m', '2Gi'), sidecar],
    }
    expect(requestsOf(before)).toMatchObject({ cpuMilli: 201, memoryBytes: 2 * GiB })
  })

  it('lets pod-level resources stand for all containers', () => {
    const spec = { containers: [container('4', '8Gi')], resources: { requests: { cpu: '1' } } }
    expect(requestsOf(spec)).toMatchObject({ cpuMilli: 1000, memoryBytes: 8 * GiB })
  })

  it.each([
    [undefined, 20],
    ['1Gi', 20],
    ['20Gi', 27],
    ['100Gi', 115],
    ['175Gi', 198],
  ])('ephemeral storage %s -> %s GiB', (request, expected) => {
    const requests = request === undefined ? {} : { 'ephemeral-storage': request }
    expect(sizeOf({ containers: [{ resources: { requests } }] })).toMatchObject({
      fits: true,
      ephemeralGiB: expected,
    })
  })

  it('refuses what is too large with the text of AWS, and storage with its own', () => {
    expect(sizeOf({ containers: [container('17')] })).toMatchObject({
      fits: false,
      resource: 'cpu-memory',
      message: "Your pod's cpu/memory requirements exceed the max Fargate configuration",
    })
    const tooMuch = { resources: { requests: { 'ephemeral-storage': '176Gi' } } }
    expect(sizeOf({ containers: [tooMuch] })).toMatchObject({ fits: false, resource: 'ephemeral-storage' })
  })

  it('reads the generated type of a PodSpec', () => {
    const spec: PodSpec = { containers: [{ name: 'web', resources: { limits: { cpu: '1' } } }] }
    expect(capacity(spec)).toBe('1vCPU 2GB')
  })

  it('rejects what is no quantity', () => {
    expect(() => sizeOf({ containers: [container('lots')] })).toThrow(/quantities must match/)
  })

  it('always gives enough, never more than needed by a whole step, and never less for more', () => {
    let seed = 11
    const next = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % below
    for (let round = 0; round < 2000; round += 1) {
      const cpu = next(17_000)
      const memory = next(125_000)
      const sizing = sizeOf({ containers: [container(`${cpu}m`, `${memory}Mi`)] })
      const candidates = fargateSizes.filter((s) => s.vcpu * 1000 >= cpu && s.memoryGB * 1024 >= memory + 256)
      if (!sizing.fits) {
        expect(candidates).toEqual([])
        continue
      }
      const leastVcpu = Math.min(...candidates.map((s) => s.vcpu))
      const leastMemory = Math.min(...candidates.filter((s) => s.vcpu === leastVcpu).map((s) => s.memoryGB))
      expect(sizing.size).toEqual({ vcpu: leastVcpu, memoryGB: leastMemory })
      const smaller = sizeOf({
        containers: [container(`${Math.floor(cpu / 2)}m`, `${Math.floor(memory / 2)}Mi`)],
      })
      expect(smaller.fits && smaller.size.vcpu <= sizing.size.vcpu).toBe(true)
    }
  })
})
