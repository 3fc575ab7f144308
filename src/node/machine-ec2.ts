// Owns how an EC2 instance becomes a node of EKS: labels, capacity, and what the system keeps for itself.
import { privateDnsName } from '../base/private-dns.ts'
import { formatBytes, formatCpu } from '../base/quantity.ts'
import type { Machine } from './ports.ts'

/** What a node needs to know of its instance type. */
export interface InstanceShape {
  readonly type: string
  readonly vcpu: number
  readonly memoryMiB: number
  /** Most network interfaces an instance of this type can have. */
  readonly maxEnis: number
  /** Most IPv4 addresses of one interface. */
  readonly ipv4PerEni: number
  readonly architecture: 'amd64' | 'arm64'
}

export interface Ec2Instance {
  readonly instanceId: string
  readonly privateIp: string
  readonly zone: string
  /** `usw2-az1`, when known. */
  readonly zoneId?: string
  readonly region: string
  readonly shape: InstanceShape
  readonly diskGiB: number
  readonly nodegroup?: string
  readonly amiId?: string
  readonly capacityType?: 'ON_DEMAND' | 'SPOT'
  /** `v1.34.2-eks-…` */
  readonly kubeletVersion: string
  /** As `kubectl get nodes -o wide` shows them. */
  readonly osImage: string
  readonly kernelVersion: string
  readonly containerRuntimeVersion: string
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: Machine['taints']
}

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const EVICTION_MIB = 100
// Set by the AWS cloud provider to the hash of its (empty) configuration, so that all nodes have the same one.
const CLOUD_PROVIDER_HASH = '5553ae84a0d29114870f67bbabd07d44'

/**
 * Most pods of an instance: every secondary address of every interface, and the two pods on the host network
 * (amazon-eks-ami, eni-max-pods: `ENIs * (IPv4 per ENI - 1) + 2`).
 */
export function maxPods(shape: Pick<InstanceShape, 'maxEnis' | 'ipv4PerEni'>): number {
  return shape.maxEnis * (shape.ipv4PerEni - 1) + 2
}

/** Millicores that the EKS AMI reserves: 6% of the first core, 1% of the second, 0.5% of the next two, 0.25% of the rest. */
export function reservedCpuMilli(vcpu: number): number {
  const shares = [60, 10, 5, 5]
  return Array.from({ length: vcpu }, (_, core) => shares[core] ?? 2.5).reduce((sum, share) => sum + share, 0)
}

/** MiB that the EKS AMI reserves for the kubelet: 255 and 11 for each pod there is room for. */
export function reservedMemoryMiB(pods: number): number {
  return 255 + 11 * pods
}

/** The machine that an EC2 instance of a managed or self-managed node group is to Kubernetes. */
export function ec2Machine(instance: Ec2Instance): Machine {
  const { shape } = instance
  const pods = maxPods(shape)
  const nodeName = privateDnsName(instance.privateIp, instance.region)
  const diskBytes = instance.diskGiB * GIB
  const memory = shape.memoryMiB * MIB
  const memoryLeft = memory - (reservedMemoryMiB(pods) + EVICTION_MIB) * MIB
  const cpuLeft = Math.floor(shape.vcpu * 1000 - reservedCpuMilli(shape.vcpu))
  const shared = { pods: String(pods), 'hugepages-1Gi': '0', 'hugepages-2Mi': '0' }
  return {
    nodeName,
    ip: instance.privateIp,
    hostname: nodeName,
    providerId: `aws:///${instance.zone}/${instance.instanceId}`,
    zone: instance.zone,
    region: instance.region,
    labels: { ...systemLabels(instance, nodeName), ...instance.labels },
    annotations: {},
    taints: instance.taints ?? [],
    capacity: {
      cpu: String(shape.vcpu),
      memory: formatBytes(memory),
      'ephemeral-storage': formatBytes(diskBytes),
      ...shared,
    },
    allocatable: {
      cpu: formatCpu(cpuLeft),
      memory: formatBytes(memoryLeft),
      'ephemeral-storage': String(allocatableDisk(diskBytes)),
      ...shared,
    },
    kubeletVersion: instance.kubeletVersion,
    osImage: instance.osImage,
    kernelVersion: instance.kernelVersion,
    containerRuntimeVersion: instance.containerRuntimeVersion,
    architecture: shape.architecture,
    podIpIsNodeIp: false,
  }
}

// The AMI reserves 1Gi and the kubelet evicts at 10% (amazon-eks-ami kubelet-config.json: evictionHard
// nodefs.available 10%, kubeReserved ephemeral-storage 1Gi).
function allocatableDisk(diskBytes: number): number {
  return Math.max(0, Math.floor(diskBytes * 0.9) - GIB)
}

function systemLabels(instance: Ec2Instance, nodeName: string): Record<string, string> {
  const { shape, zone, zoneId, region, nodegroup, amiId, capacityType } = instance
  return {
    'beta.kubernetes.io/arch': shape.architecture,
    'beta.kubernetes.io/instance-type': shape.type,
    'beta.kubernetes.io/os': 'linux',
    'failure-domain.beta.kubernetes.io/region': region,
    'failure-domain.beta.kubernetes.io/zone': zone,
    'k8s.io/cloud-provider-aws': CLOUD_PROVIDER_HASH,
    'kubernetes.io/arch': shape.architecture,
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': shape.type,
    'topology.kubernetes.io/region': region,
    'topology.kubernetes.io/zone': zone,
    ...(zoneId && { 'topology.k8s.aws/zone-id': zoneId }),
    ...(nodegroup && { 'eks.amazonaws.com/nodegroup': nodegroup }),
    ...(amiId && { 'eks.amazonaws.com/nodegroup-image': amiId }),
    ...(capacityType && { 'eks.amazonaws.com/capacityType': capacityType }),
  }
}
