// Owns what an EC2 node leaves to pods, by the formulas of the EKS images.
// Source: awslabs/amazon-eks-ami (eni-max-pods.txt, nodeadm's kubelet configuration).
import type { InstanceType } from './instance-types.ts'

/** What one node can give to pods. */
export interface Allocatable {
  readonly cpuMilli: number
  readonly memoryMiB: number
  readonly pods: number
}

// nodeadm: evictionHard memory.available.
const EVICTION_MIB = 100
const GIB = 1024 ** 3

/**
 * Most pods of a node with the VPC CNI: every secondary address of every interface, and the two pods on the host
 * network.
 */
export function maxPods({ enis, ipv4PerEni }: Pick<InstanceType, 'enis' | 'ipv4PerEni'>): number {
  return enis * (ipv4PerEni - 1) + 2
}

/**
 * CPU minus 6 % of the first core, 1 % of the second, 0.5 % of the next two and 0.25 % of the rest; memory minus
 * 255 MiB, 11 MiB a pod and the eviction threshold. The hypervisor's own share of memory is not in it, so real nodes
 * offer a little less.
 */
export function allocatableOf(type: InstanceType): Allocatable {
  const pods = maxPods(type)
  return {
    cpuMilli: Math.floor(type.vcpu * 1000 - reservedCpuMilli(type.vcpu)),
    memoryMiB: type.memoryMiB - (255 + 11 * pods) - EVICTION_MIB,
    pods,
  }
}

/** Bytes of a root volume that are left to pods: 1 GiB is reserved, and the kubelet evicts at 10 %. */
export function allocatableDiskBytes(diskGiB: number): number {
  return Math.max(0, Math.floor(diskGiB * GIB * 0.9) - GIB)
}

function reservedCpuMilli(vcpu: number): number {
  const shares = [60, 10, 5, 5]
  return Array.from({ length: vcpu }, (_, core) => shares[core] ?? 2.5).reduce((sum, share) => sum + share, 0)
}
