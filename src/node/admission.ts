// Owns whether a node takes a pod that was bound to it: the kubelet's own check of resources.
import type { Pod } from '../../generated/kubernetes.d.ts'
import { isExtendedResource } from '../rules/scheduling/extended-resources.ts'
import { amountsOf, type RequestCache } from '../rules/scheduling/requests.ts'

export interface Rejection {
  /** `OutOfcpu`, `OutOfmemory`, `OutOfpods`, …. */
  readonly reason: string
  readonly message: string
}

/** What a node has, and has to do. */
export interface NodeLoad {
  /** The pods that it runs already. */
  readonly others: readonly Pod[]
  readonly allocatable: Readonly<Record<string, string>>
  readonly requests: RequestCache
}

/**
 * Checks a pod against what is left of a node (pkg/kubelet/lifecycle/predicate.go: `OutOf<resource>`). Extended
 * resources that the node does not have at all are left out: they may be the cluster's (removeMissingExtendedResources).
 * @returns why the node refuses the pod; undefined when it takes it.
 */
export function rejectionOf(pod: Pod, { others, allocatable, requests }: NodeLoad): Rejection | undefined {
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
