// Owns what a Fargate micro-node looks like as a Node object: names, labels, taint, capacity, provider id.
// Source: `kubectl describe node` outputs of EKS clusters; Amazon EKS User Guide, "Get started with AWS Fargate".
import { privateDnsName } from '../../base/private-dns.ts'
import { COMPUTE_TYPE } from './match.ts'
import { limitsOf, type FargateSize } from './size.ts'

/** What the node of one pod is made from. */
export interface FargateNodeRequest {
  /** IPv4 address of the pod's ENI, after which the node is named. */
  readonly privateIp: string
  /** The address that node and pod share: the same, or the ENI's IPv6 address in a cluster of that family. */
  readonly ip: string
  readonly region: string
  readonly zone: string
  readonly size: FargateSize
  /** Provisioned ephemeral storage in GiB (`sizeOf(…).ephemeralGiB`). */
  readonly ephemeralGiB: number
  /** 10 and 32 hexadecimal digits that AWS puts into the provider id. */
  readonly instance: { readonly short: string; readonly long: string }
}

/** The node's shape; assignable to what a node agent reports. */
export interface FargateNode {
  /** `fargate-ip-10-7-94-68.eu-central-1.compute.internal` */
  readonly nodeName: string
  /** The same without `fargate-`: the label kubernetes.io/hostname, and InternalDNS. */
  readonly hostname: string
  readonly ip: string
  /** `aws:///us-east-1b/b7af340c11-9ec3eeb6643c4ea58b0285cefd83ef94/fargate-ip-10-65-48-87.ec2.internal` */
  readonly providerId: string
  readonly region: string
  readonly zone: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly taints: readonly { readonly key: string; readonly value: string; readonly effect: 'NoSchedule' }[]
  readonly capacity: Readonly<Record<string, string>>
  readonly allocatable: Readonly<Record<string, string>>
  readonly osImage: string
  readonly containerRuntimeVersion: string
  readonly architecture: 'amd64'
  readonly podIpIsNodeIp: true
  /** What the containers of its one pod have together. */
  readonly podLimits: { readonly cpuMilli: number; readonly memoryBytes: number }
}

const KIB_PER_GIB = 1024 ** 2
/** Capacity minus allocatable memory seen on a node: 100 Mi. */
const RESERVED_MEMORY_KIB = 100 * 1024

/** True for the name of a Fargate node. */
export function isFargateNodeName(nodeName: string): boolean {
  return nodeName.startsWith('fargate-')
}

/**
 * The micro-node of one pod. It carries no instance type, node group or profile label, and takes one pod. AWS says
 * that "there's no correlation between the size of the Pod and the node size reported"; here it is the size paid for,
 * with at least the 2 cores that small nodes were seen to report.
 */
export function fargateNode(request: FargateNodeRequest): FargateNode {
  const { ip, privateIp, region, zone, instance } = request
  const hostname = privateDnsName(privateIp, region)
  const nodeName = `fargate-${hostname}`
  return {
    nodeName,
    hostname,
    ip,
    providerId: `aws:///${zone}/${instance.short}-${instance.long}/${nodeName}`,
    region,
    zone,
    labels: nodeLabels(hostname, region, zone),
    annotations: {
      'node.alpha.kubernetes.io/ttl': '0',
      'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
    },
    taints: [{ key: COMPUTE_TYPE, value: 'fargate', effect: 'NoSchedule' }],
    ...nodeResources(request),
    // The User Guide prints Amazon Linux 2 and a placeholder for containerd; no output of a newer image has been
    // published, so the version is one that EKS images carry.
    osImage: 'Amazon Linux 2',
    containerRuntimeVersion: 'containerd://1.7.27',
    architecture: 'amd64',
    podIpIsNodeIp: true,
    podLimits: limitsOf(request.size),
  }
}

function nodeLabels(hostname: string, region: string, zone: string): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    [COMPUTE_TYPE]: 'fargate',
    'failure-domain.beta.kubernetes.io/region': region,
    'failure-domain.beta.kubernetes.io/zone': zone,
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': hostname,
    'kubernetes.io/os': 'linux',
    'topology.kubernetes.io/region': region,
    'topology.kubernetes.io/zone': zone,
  }
}

function nodeResources(request: FargateNodeRequest): Pick<FargateNode, 'capacity' | 'allocatable'> {
  const cpu = String(Math.max(2, request.size.vcpu))
  const memoryKiB = Math.max(4, request.size.memoryGB) * KIB_PER_GIB
  const storageKiB = request.ephemeralGiB * KIB_PER_GIB
  const fixed = { 'attachable-volumes-aws-ebs': '39', 'hugepages-2Mi': '0', pods: '1' }
  return {
    capacity: { cpu, memory: `${memoryKiB}Ki`, 'ephemeral-storage': `${storageKiB}Ki`, ...fixed },
    allocatable: {
      cpu,
      memory: `${memoryKiB - RESERVED_MEMORY_KIB}Ki`,
      // The kubelet keeps a tenth of the disk free (its default eviction threshold) and prints bytes.
      'ephemeral-storage': String(Math.floor(storageKiB * 1024 * 0.9)),
      ...fixed,
    },
  }
}
