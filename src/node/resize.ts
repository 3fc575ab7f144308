// Owns whether a machine can give a running pod what a resize asks for.
// Source: kubernetes pkg/kubelet/allocation/allocation_manager.go (canResizePod).
import type { Pod } from '../../generated/kubernetes.d.ts'
import { amountsOf, podRequests } from '../rules/scheduling/requests.ts'
import type { PodFailure } from './pod-state.ts'

const HEAD = "Node didn't have enough capacity: "

/** Why a pod could never have what it requests on this machine; undefined when it can. */
export function resizeProblem(
  pod: Pod,
  allocatable: Readonly<Record<string, string>>,
): PodFailure | undefined {
  const requests = podRequests(pod)
  const capacities = amountsOf(allocatable)
  for (const name of ['memory', 'cpu']) {
    const [requested, capacity] = [requests.get(name) ?? 0, capacities.get(name) ?? Infinity]
    if (requested <= capacity) continue
    return { reason: 'Infeasible', message: `${HEAD}${name}, requested: ${requested}, capacity: ${capacity}` }
  }
  return undefined
}
