// Owns asking the scheduler's own filters which node groups could take a pod, before there is any node.
import type { Node, Pod, PodSpec } from '../../generated/kubernetes.d.ts'
import { formatBytes, formatCpu } from '../base/quantity.ts'
import { allocatableDiskBytes } from '../rules/nodes/allocatable.ts'
import { nodeFilter, type Rejection } from '../rules/scheduling/filters.ts'
import { podRequests, RequestCache } from '../rules/scheduling/requests.ts'
import { isForWindows } from '../rules/scheduling/pod.ts'
import { nodeInfo } from '../rules/scheduling/snapshot.ts'
import { nodeCapacity, type NodeGroupPlan } from './node-groups.ts'
import { podSpecOf, type Workload } from './workload.ts'

const MiB = 1024 ** 2

/** Labels whose values are known only once a node is there: nothing about them can be said beforehand. */
const OPEN_LABELS = new Set([
  'eks.amazonaws.com/nodegroup-image',
  'eks.amazonaws.com/sourceLaunchTemplateId',
  'eks.amazonaws.com/sourceLaunchTemplateVersion',
  'failure-domain.beta.kubernetes.io/zone',
  'k8s.io/cloud-provider-aws',
  'kubernetes.io/hostname',
  'topology.ebs.csi.aws.com/zone',
  'topology.k8s.aws/network-node-layer-1',
  'topology.k8s.aws/network-node-layer-2',
  'topology.k8s.aws/network-node-layer-3',
  'topology.k8s.aws/zone-id',
  'topology.kubernetes.io/zone',
])

/** What the scheduler would say of one pod and an empty node of a group; no rejection when it fits. */
export interface Candidate {
  readonly group: NodeGroupPlan
  readonly rejection: Rejection | undefined
}

/**
 * One verdict a node group, by taints, labels, resources and devices. What depends on other pods (affinity to them,
 * topology spread) or on a node's own name or zone is left out of account. A group whose instance type is not in the
 * table is judged by labels and taints alone.
 */
export function candidatesFor(workload: Workload, groups: readonly NodeGroupPlan[]): Candidate[] {
  const pod = relaxedPod(workload)
  return groups.map((group) => ({ group, rejection: verdict(pod, group) }))
}

function verdict(pod: Pod, group: NodeGroupPlan): Rejection | undefined {
  const info = nodeInfo(emptyNode(group), [], new RequestCache())
  const requests = group.type ? podRequests(pod) : new Map<string, number>()
  // The scheduler would place it there, and its images would not start.
  if (group.system === 'windows' && !isForWindows(pod))
    return { reasons: ['node(s) run Windows'], isUnresolvable: true }
  return nodeFilter(pod, requests, { nodes: [info], namespaceLabels: () => ({}) })(info)
}

/** A node of a group with nothing on it, as the scheduler's filters take it. */
export function emptyNode(group: NodeGroupPlan): Node {
  const capacity = nodeCapacity(group)
  const allocatable = capacity
    ? {
        cpu: formatCpu(capacity.cpuMilli),
        memory: formatBytes(capacity.memoryMiB * MiB),
        'ephemeral-storage': String(allocatableDiskBytes(group.volumeGiB)),
        pods: String(capacity.pods),
        ...group.devices,
      }
    : { pods: '1' }
  const metadata = { name: group.name, uid: '', resourceVersion: '', creationTimestamp: '' }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata, labels: { ...group.labels } },
    spec: { taints: [...group.taints] },
    status: { allocatable },
  }
}

export function relaxedPod(workload: Workload): Pod {
  const { name, namespace } = workload
  const { affinity, topologySpreadConstraints: _, nodeSelector = {}, ...rest } = podSpecOf(workload)
  const nodeAffinity = affinity?.nodeAffinity && relaxedAffinity(affinity.nodeAffinity)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: '', resourceVersion: '', creationTimestamp: '' },
    spec: {
      ...rest,
      containers: rest.containers.map(withRequests),
      nodeSelector: Object.fromEntries(Object.entries(nodeSelector).filter(([key]) => !OPEN_LABELS.has(key))),
      ...(nodeAffinity ? { affinity: { nodeAffinity } } : {}),
    },
  }
}

/** core/v1 defaulting: what is limited and not requested is requested as it is limited. */
export function withRequests(container: PodSpec['containers'][number]): PodSpec['containers'][number] {
  const { limits, requests } = container.resources ?? {}
  return limits ? { ...container, resources: { limits, requests: { ...limits, ...requests } } } : container
}

type NodeAffinity = NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>

/** Required terms without what is open; undefined when one of them then asks for nothing any more. */
function relaxedAffinity(affinity: NodeAffinity): NodeAffinity | undefined {
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution
  if (!required) return undefined
  const terms = required.nodeSelectorTerms.map(({ matchExpressions = [] }) =>
    matchExpressions.filter(({ key }) => !OPEN_LABELS.has(key)),
  )
  if (terms.some((left) => left.length === 0)) return undefined
  return {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: terms.map((matchExpressions) => ({ matchExpressions })),
    },
  }
}
