// Owns whether a node takes a pod that was bound to it: the kubelet's own check of resources, labels, ports and taints.
// Source: kubernetes pkg/kubelet/lifecycle/predicate.go.
import type { Node, Pod } from '../../generated/kubernetes.d.ts'
import { isExtendedResource } from '../rules/scheduling/extended-resources.ts'
import { matchesNodeAffinity } from '../rules/scheduling/node-affinity.ts'
import { amountsOf, hostPorts, portsClash, type RequestCache } from '../rules/scheduling/requests.ts'
import { untoleratedTaint } from '../rules/scheduling/taint.ts'

export interface Rejection {
  /** `OutOfcpu`, `OutOfmemory`, `OutOfpods`, `NodePorts`, …. */
  readonly reason: string
  readonly message: string
}

/** What a node has, and has to do. */
export interface NodeLoad {
  /** The pods that it runs already. */
  readonly others: readonly Pod[]
  readonly allocatable: Readonly<Record<string, string>>
  readonly requests: RequestCache
  /** As the API has it; undefined while it does not. */
  readonly node?: Node | undefined
}

/** @returns why the node refuses the pod, the first reason of several; undefined when it takes it. */
export function rejectionOf(pod: Pod, load: NodeLoad): Rejection | undefined {
  return resourceRejection(pod, load) ?? predicateRejection(pod, load)
}

// Extended resources that the node does not have at all are left out: they may be the cluster's
// (removeMissingExtendedResources).
function resourceRejection(pod: Pod, { others, allocatable, requests }: NodeLoad): Rejection | undefined {
  const room = amountsOf(allocatable)
  const asked = (one: Pod): ReadonlyMap<string, number> => new Map([['pods', 1], ...requests.of(one)])
  const used = others.map(asked)
  for (const [resource, request] of asked(pod)) {
    if (!room.has(resource) && isExtendedResource(resource)) continue
    const capacity = room.get(resource) ?? 0
    const taken = used.reduce((sum, one) => sum + (one.get(resource) ?? 0), 0)
    if (request === 0 || request + taken <= capacity) continue
    const amounts = `requested: ${request}, used: ${taken}, capacity: ${capacity}`
    return {
      reason: `OutOf${resource}`,
      message: `Node didn't have enough resource: ${resource}, ${amounts}`,
    }
  }
  return undefined
}

function predicateRejection(pod: Pod, { others, node }: NodeLoad): Rejection | undefined {
  if (node && !matchesNodeAffinity(pod.spec, node)) {
    return predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
  }
  const taken = others.flatMap(hostPorts)
  if (hostPorts(pod).some((port) => taken.some((other) => portsClash(port, other)))) {
    return predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports")
  }
  // The scheduler has seen to the other effects.
  const expelling = (node?.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
  if (untoleratedTaint(expelling, pod.spec.tolerations)) {
    return predicate('TaintToleration', 'node(s) had untolerated taint(s)')
  }
  return undefined
}

function predicate(reason: string, why: string): Rejection {
  return { reason, message: `Predicate ${reason} failed: ${why}` }
}
