// Owns whether a node takes a pod that was bound to it: the kubelet's own check of resources.
import type { Pod } from '../../generated/kubernetes.d.ts'
import { parseMilli } from '../base/quantity.ts'

export interface Rejection {
  /** `OutOfcpu`, `OutOfmemory`, `OutOfpods`, …. */
  readonly reason: string
  readonly message: string
}

/**
 * Checks a pod against what is left of a node (pkg/kubelet/lifecycle/predicate.go: `OutOf<resource>`).
 * @param others the pods that the node runs already.
 * @returns why the node refuses the pod; undefined when it takes it.
 */
export function rejectionOf(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): Rejection | undefined {
  const wanted = podRequests(pod)
  const used = others.map(podRequests)
  for (const [resource, request] of Object.entries(wanted)) {
    const capacity = parseMilli(allocatable[resource] ?? '0')
    const taken = used.reduce((sum, one) => sum + (one[resource] ?? 0n), 0n)
    if (request === 0n || request + taken <= capacity) continue
    // The kubelet counts cpu in thousandths and everything else in units.
    const shown = (milli: bigint): string => String(resource === 'cpu' ? milli : milli / 1000n)
    const amounts = `requested: ${shown(request)}, used: ${shown(taken)}, capacity: ${shown(capacity)}`
    return {
      reason: `OutOf${resource}`,
      message: `Node didn't have enough resource: ${resource}, ${amounts}`,
    }
  }
  return undefined
}

/**
 * What a pod asks of a node, in thousandths of each unit: the containers and sidecars together, or the largest
 * init container with the sidecars before it (KEP-753), and one of `pods`.
 */
export function podRequests(pod: Pod): Record<string, bigint> {
  const result: Record<string, bigint> = {}
  for (const container of pod.spec.containers) add(result, container.resources?.requests)
  const sidecars: Record<string, bigint> = {}
  const peak: Record<string, bigint> = {}
  for (const container of pod.spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      add(sidecars, container.resources?.requests)
    } else {
      const during = { ...sidecars }
      add(during, container.resources?.requests)
      for (const [name, value] of Object.entries(during)) {
        if (value > (peak[name] ?? 0n)) peak[name] = value
      }
    }
  }
  for (const [name, value] of Object.entries(sidecars)) result[name] = (result[name] ?? 0n) + value
  for (const [name, value] of Object.entries(peak)) {
    if (value > (result[name] ?? 0n)) result[name] = value
  }
  add(result, pod.spec.overhead)
  return { pods: 1000n, ...result }
}

function add(sum: Record<string, bigint>, more: Record<string, string> | undefined): void {
  for (const [name, quantity] of Object.entries(more ?? {})) {
    sum[name] = (sum[name] ?? 0n) + parseMilli(quantity)
  }
}
