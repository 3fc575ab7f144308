// Owns the sizes Fargate offers and how a pod's requests become one of them.
// Source: Amazon EKS User Guide, "Understand Fargate Pod configuration details".
import { bytes, milliCores } from '../../base/quantity.ts'

/** One row of the Fargate table. */
export interface FargateSize {
  readonly vcpu: number
  readonly memoryGB: number
}

interface Resources {
  readonly requests?: Readonly<Record<string, string>>
  readonly limits?: Readonly<Record<string, string>>
}

interface SizedContainer {
  readonly restartPolicy?: string
  readonly resources?: Resources
}

/** The part of a PodSpec that its size depends on. */
export interface SizedPodSpec {
  readonly containers: readonly SizedContainer[]
  readonly initContainers?: readonly SizedContainer[]
  /** Pod-level resources; where they name a resource they stand for all containers, as in the Kubernetes scheduler. */
  readonly resources?: Resources
}

/** What a pod asks for, before Fargate adds and rounds. */
export interface PodRequests {
  readonly cpuMilli: number
  readonly memoryBytes: number
  readonly ephemeralBytes: number
}

export type Sizing =
  | {
      readonly fits: true
      readonly size: FargateSize
      readonly requests: PodRequests
      /** Ephemeral storage that the pod gets and pays above 20, in GiB. */
      readonly ephemeralGiB: number
    }
  | {
      readonly fits: false
      readonly resource: 'cpu-memory' | 'ephemeral-storage'
      /** Reason of the pod's condition PodScheduled=False. */
      readonly reason: 'POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE' | 'POD_UNSUPPORTED_ON_FARGATE'
      readonly message: string
      readonly requests: PodRequests
    }

const MiB = 1024 ** 2
const GiB = 1024 ** 3
/** "Fargate adds 256 MB to each Pod's memory reservation" for kubelet, kube-proxy and containerd. Read as MiB. */
const OVERHEAD_BYTES = 256 * MiB
export const DEFAULT_EPHEMERAL_GIB = 20
const MAX_EPHEMERAL_GIB = 175

function row(vcpu: number, [from, to]: [number, number], step: number): FargateSize[] {
  const count = Math.floor((to - from) / step) + 1
  return Array.from({ length: count }, (_, index) => ({ vcpu, memoryGB: from + index * step }))
}

/** Every configuration, smallest first: by vCPU, then by memory. */
export const fargateSizes: readonly FargateSize[] = [
  ...[0.5, 1, 2].map((memoryGB) => ({ vcpu: 0.25, memoryGB })),
  ...row(0.5, [1, 4], 1),
  ...row(1, [2, 8], 1),
  ...row(2, [4, 16], 1),
  ...row(4, [8, 30], 1),
  ...row(8, [16, 60], 4),
  ...row(16, [32, 120], 8),
]

/**
 * The Fargate size of a pod: its requests plus 256 MB, rounded up to the smallest configuration that holds both, or
 * why there is none. A limit without a request counts as the request, as Kubernetes defaults it.
 *
 * @throws QuantityError when a quantity is none
 */
export function sizeOf(spec: SizedPodSpec): Sizing {
  const requests = requestsOf(spec)
  const memory = requests.memoryBytes + OVERHEAD_BYTES
  const size = fargateSizes.find(
    (each) => each.vcpu * 1000 >= requests.cpuMilli && each.memoryGB * GiB >= memory,
  )
  if (!size) {
    const message = "Your pod's cpu/memory requirements exceed the max Fargate configuration"
    return {
      fits: false,
      resource: 'cpu-memory',
      reason: 'POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE',
      message,
      requests,
    }
  }
  if (requests.ephemeralBytes > MAX_EPHEMERAL_GIB * GiB) {
    // AWS's words for this are not published: these are ours.
    const message = `Pod not supported on Fargate: ephemeral-storage requests exceed ${MAX_EPHEMERAL_GIB} GiB`
    return {
      fits: false,
      resource: 'ephemeral-storage',
      reason: 'POD_UNSUPPORTED_ON_FARGATE',
      message,
      requests,
    }
  }
  return { fits: true, size, requests, ephemeralGiB: ephemeralGiB(requests.ephemeralBytes) }
}

/**
 * What a pod asks for: per resource the larger of the sum over its containers and the need of its init containers.
 * Native sidecars (init containers with restartPolicy Always) are counted by Kubernetes' own formula (KEP-753): they
 * stay, so they add to the containers and to every init container after them. AWS documents neither them nor
 * pod-level resources; that Fargate counts them this way is unverified.
 */
export function requestsOf(spec: SizedPodSpec): PodRequests {
  return {
    cpuMilli: effective(spec, 'cpu', milliCores),
    memoryBytes: effective(spec, 'memory', bytes),
    ephemeralBytes: effective(spec, 'ephemeral-storage', bytes),
  }
}

/** What a size leaves to the containers of the pod, all together: Fargate's own part is taken off again. */
export function limitsOf({ vcpu, memoryGB }: FargateSize): { cpuMilli: number; memoryBytes: number } {
  return { cpuMilli: vcpu * 1000, memoryBytes: memoryGB * GiB - OVERHEAD_BYTES }
}

/** The `CapacityProvisioned` annotation of a pod on Fargate: `0.25vCPU 0.5GB`. */
export function formatCapacity(size: FargateSize): string {
  return `${size.vcpu}vCPU ${size.memoryGB}GB`
}

type Read = (text: string | undefined) => number

function effective(spec: SizedPodSpec, resource: string, read: Read): number {
  const pod = requestOf(spec.resources, resource)
  if (pod !== undefined) return read(pod)
  let sidecars = 0
  let initial = 0
  for (const container of spec.initContainers ?? []) {
    const request = read(requestOf(container.resources, resource))
    if (container.restartPolicy === 'Always') sidecars += request
    initial = Math.max(initial, container.restartPolicy === 'Always' ? sidecars : sidecars + request)
  }
  const sum = spec.containers.reduce((total, each) => total + read(requestOf(each.resources, resource)), 0)
  return Math.max(initial, sum + sidecars)
}

function requestOf(resources: Resources | undefined, resource: string): string | undefined {
  return resources?.requests?.[resource] ?? resources?.limits?.[resource]
}

/** AWS containers blog: the sum of the requests, 10 % of it and 5 GiB more, and never less than the default. */
function ephemeralGiB(requested: number): number {
  if (requested === 0) return DEFAULT_EPHEMERAL_GIB
  return Math.max(DEFAULT_EPHEMERAL_GIB, Math.ceil((requested * 1.1) / GiB + 5 - 1e-9))
}
