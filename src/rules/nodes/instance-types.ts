// Owns facts about EC2 instance types, and what they leave for pods.
import { readFileSync } from 'node:fs'

export interface InstanceType {
  /** `t3.xlarge` */
  readonly name: string
  readonly vcpu: number
  readonly memoryMiB: number
  readonly enis: number
  readonly ipv4PerEni: number
  readonly arch: 'amd64' | 'arm64'
  /** Pods a node takes with the VPC CNI: each interface's first address is the node's own; two pods use the host's. */
  readonly maxPods: number
}

interface TypeTable {
  readonly types: Readonly<Record<string, readonly [number, number, number, number, 'amd64' | 'arm64']>>
}

// Part of the package; instance-types.test.ts checks its shape.
const table = JSON.parse(
  readFileSync(new URL('../../../data/instance-types.json', import.meta.url), 'utf8'),
) as TypeTable

/** The type of that name, or undefined when it is not in data/instance-types.json. */
export function instanceType(name: string): InstanceType | undefined {
  const row = Object.hasOwn(table.types, name) ? table.types[name] : undefined
  if (!row) return undefined
  const [vcpu, memoryMiB, enis, ipv4PerEni, arch] = row
  return { name, vcpu, memoryMiB, enis, ipv4PerEni, arch, maxPods: enis * (ipv4PerEni - 1) + 2 }
}

/** Names of all types in the table. */
export function instanceTypeNames(): string[] {
  return Object.keys(table.types)
}

/**
 * What a node of this type offers to pods, by the formulas of the EKS optimised AMIs (awslabs/amazon-eks-ami): CPU
 * minus 6 % of the first core, 1 % of the second, 0.5 % of the next two and 0.25 % of the rest; memory minus 255 MiB,
 * 11 MiB a pod and the eviction threshold of 100 MiB. The hypervisor's own share of memory is not in it, so real nodes
 * offer a little less.
 */
export function allocatableOf(type: InstanceType): { cpuMilli: number; memoryMiB: number; pods: number } {
  return {
    cpuMilli: type.vcpu * 1000 - reservedCpuMilli(type.vcpu),
    memoryMiB: type.memoryMiB - (255 + 11 * type.maxPods) - 100,
    pods: type.maxPods,
  }
}

function reservedCpuMilli(vcpu: number): number {
  const perCore = Array.from({ length: vcpu }, (_, core) =>
    core === 0 ? 60 : core === 1 ? 10 : core < 4 ? 5 : 2.5,
  )
  return Math.ceil(perCore.reduce((sum, each) => sum + each, 0))
}
