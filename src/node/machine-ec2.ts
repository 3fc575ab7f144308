// Owns how an EC2 instance becomes a node of EKS.
import { privateDnsName } from '../base/private-dns.ts'
import { formatBytes, formatCpu } from '../base/quantity.ts'
import { allocatableDiskBytes, allocatableOf } from '../rules/nodes/allocatable.ts'
import { instanceTypeLabels, placeLabels } from '../rules/nodes/ec2-labels.ts'
import type { InstanceType } from '../rules/nodes/instance-types.ts'
import { windowsBuild, type NodeRelease } from '../rules/nodes/node-release.ts'
import type { Machine } from './ports.ts'

export interface Ec2Instance {
  readonly instanceId: string
  readonly privateIp: string
  /** What the node is reached at, of the family of its cluster; its private address when absent. */
  readonly ip?: string
  /** Its private name when absent. */
  readonly nodeName?: string | undefined
  readonly zone: string
  /** `usw2-az1`, when known. */
  readonly zoneId?: string | undefined
  readonly region: string
  readonly type: InstanceType
  readonly diskGiB: number
  /** `v1.34.2-eks-…` */
  readonly kubeletVersion: string
  readonly release: NodeRelease
  /** Extended resources that it offers by itself: `nvidia.com/gpu`. */
  readonly devices?: Readonly<Record<string, string>>
  /** What EC2 calls it; undefined: after its address. */
  readonly hostname?: string
  /** Those of its node group. */
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: Machine['taints']
  /** As its user data limits them; undefined: as many as its type has addresses for. */
  readonly maxPods?: number | undefined
  /** How often it was started again or rebooted. */
  readonly boots?: number | undefined
  /** False while its network plugin doesn't get under way. */
  readonly isNetworkReady?: () => boolean
}

const MIB = 1024 ** 2
const GIB = 1024 ** 3

// A Windows node has pods on one interface only, beside its own address (EKS user guide, "Deploy Windows nodes").
function windowsPods({ ipv4PerEni }: InstanceType): number {
  return ipv4PerEni - 1
}

/** The machine that an EC2 instance of a managed or self-managed node group is to Kubernetes. */
export function ec2Machine(instance: Ec2Instance): Machine {
  const { type, diskGiB, release } = instance
  const { hostname = privateDnsName(instance.privateIp, instance.region) } = instance
  const { nodeName = hostname } = instance
  const left = allocatableOf(type)
  const build = windowsBuild(release)
  const shared = {
    pods: String(instance.maxPods ?? (build === undefined ? left.pods : windowsPods(type))),
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    ...instance.devices,
  }
  return {
    nodeName,
    ip: instance.ip ?? instance.privateIp,
    hostname,
    providerId: `aws:///${instance.zone}/${instance.instanceId}`,
    zone: instance.zone,
    region: instance.region,
    labels: {
      ...instanceTypeLabels(type, release.system),
      ...(build === undefined ? {} : { 'node.kubernetes.io/windows-build': build }),
      ...placeLabels({ ...instance, nodeName }),
      ...instance.labels,
    },
    annotations: {},
    taints: instance.taints ?? [],
    capacity: {
      cpu: String(type.vcpu),
      memory: formatBytes(type.memoryMiB * MIB),
      'ephemeral-storage': formatBytes(diskGiB * GIB),
      ...shared,
    },
    allocatable: {
      cpu: formatCpu(left.cpuMilli),
      memory: formatBytes(left.memoryMiB * MIB),
      'ephemeral-storage': String(allocatableDiskBytes(diskGiB)),
      ...shared,
    },
    kubeletVersion: instance.kubeletVersion,
    ...release,
    architecture: type.arch,
    ...(instance.boots === undefined ? {} : { bootId: `${instance.instanceId}-${instance.boots}` }),
    podIpIsNodeIp: false,
    ...(instance.isNetworkReady ? { isNetworkReady: instance.isNetworkReady } : {}),
  }
}
