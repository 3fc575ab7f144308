// Owns what a node agent needs from outside: addresses for pods, and the machine that is its node.
import type { PodLimits } from '../runtime/runtime.ts'
import type { HostPathKind } from '../rules/nodes/host-paths.ts'

/** Addresses of pods, from the VPC. */
export interface PodAddresses {
  /** The address of the pod on this node; the same one when asked again for the same pod. */
  assign(request: {
    readonly nodeName: string
    readonly podUid: string
    readonly namespace: string
    readonly name: string
  }): Promise<string>
  /** Gives the address back; no error when there is none. */
  release(podUid: string): Promise<void>
}

/** The file system of a node, for hostPath volumes. */
export interface NodeFiles {
  /** What is at a path; with `create`, that is made where nothing is. */
  at(path: string, create?: HostPathKind): HostPathKind | undefined
}

/** A machine that becomes a node. */
export interface Machine {
  /** Name of the Node object, e.g. `ip-10-0-1-23.eu-west-1.compute.internal`. */
  readonly nodeName: string
  readonly ip: string
  readonly hostname: string
  readonly providerId: string
  readonly zone: string
  readonly region: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly taints: readonly {
    readonly key: string
    readonly value?: string
    readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
  }[]
  /** Quantities as text: cpu, memory, pods, ephemeral-storage, …. */
  readonly capacity: Readonly<Record<string, string>>
  readonly allocatable: Readonly<Record<string, string>>
  /** `v1.34.2-eks-…` */
  readonly kubeletVersion: string
  readonly osImage: string
  /** Linux where absent. */
  readonly system?: 'windows'
  readonly kernelVersion: string
  readonly containerRuntimeVersion: string
  readonly architecture: string
  /** Another one after each boot. Absent: it has booted once. */
  readonly bootId?: string
  /** False while its network plugin doesn't get under way; asked at each report. Absent: it does. */
  readonly isNetworkReady?: () => boolean
  /** False while what runs its containers does not answer; asked at each report. Absent: it does. */
  readonly isRuntimeUp?: () => boolean
  /** On Fargate the pod has the node's own address. */
  readonly podIpIsNodeIp: boolean
  /** What the containers of one of its pods have together at most; absent: what their own limits say. */
  readonly podLimits?: PodLimits
}
