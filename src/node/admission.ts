// Owns whether a node takes a pod that was bound to it: the kubelet's own check of resources.
import type { Pod } from '../../generated/kubernetes.d.ts'
import { isExtendedResource } from '../rules/scheduling/extended-resources.ts'
import { amountsOf, podRequests } from '../rules/scheduling/requests.ts'

export interface Rejection {
  /** `OutOfcpu`, `OutOfmemory`, `OutOfpods`, …. */
  readonly reason: string
  readonly message: string
}

/**
 * Checks a pod against what is left of a node (pkg/kubelet/lifecycle/predicate.go: `OutOf<resource>`). Extended
 * resources that the node does not have at all are left out: they may be the cluster's (removeMissingExtendedResources).
 * @param others the pods that the node runs already.
 * @returns why the node refuses the pod; undefined when it takes it.
 */
export function rejectionOf(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): Rejection | undefined {
  const room = amountsOf(allocatable)
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

function asked(pod: Pod): ReadonlyMap<string, number> {
  return new Map([['pods', 1], ...podRequests(pod)])
}
