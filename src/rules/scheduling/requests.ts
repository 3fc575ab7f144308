// Owns what a pod asks of a node: resources and host ports.
// Source: kubernetes component-helpers resource/helpers.go (PodRequests).
import type { Container, ContainerPort, Pod } from '../../../generated/kubernetes.d.ts'
import { bytes, milliCores } from '../../base/quantity.ts'
import { isPodTerminal } from './pod.ts'

/** Amounts by resource name: cpu in millicores, all else in whole units (bytes, devices). */
export type Amounts = ReadonlyMap<string, number>

/** Reads a list of quantities. */
export function amountsOf(list: Readonly<Record<string, string>> = {}): Map<string, number> {
  return new Map(
    Object.entries(list).map(([name, text]) => [name, name === 'cpu' ? milliCores(text) : bytes(text)]),
  )
}

/**
 * What the pod asks for: the sum of its containers and sidecars, or what one of its init containers needs beside
 * the sidecars started before it, whichever is more; pod-level requests replace that; overhead comes on top.
 */
export function podRequests({ spec }: Pod): Amounts {
  const total = new Map<string, number>()
  for (const container of spec.containers) add(total, requestsOf(container))
  const sidecars = new Map<string, number>()
  const peak = new Map<string, number>()
  for (const container of spec.initContainers ?? []) {
    const needed = requestsOf(container)
    if (container.restartPolicy === 'Always') {
      add(total, needed)
      add(sidecars, needed)
      raise(peak, sidecars)
    } else {
      add(needed, sidecars)
      raise(peak, needed)
    }
  }
  raise(total, peak)
  for (const [name, amount] of amountsOf(spec.resources?.requests)) total.set(name, amount)
  add(total, amountsOf(spec.overhead))
  return total
}

function requestsOf(container: Container): Map<string, number> {
  return amountsOf(container.resources?.requests)
}

function add(to: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) to.set(name, (to.get(name) ?? 0) + amount)
}

function raise(to: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) to.set(name, Math.max(to.get(name) ?? 0, amount))
}

/** The host ports of a pod's containers and sidecars. */
export function hostPorts({ spec }: Pod): readonly ContainerPort[] {
  const sidecars = (spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always')
  return [...spec.containers, ...sidecars]
    .flatMap((container) => container.ports ?? [])
    .filter((port) => (port.hostPort ?? 0) > 0)
}

/** True when both ports cannot be bound on one node. */
export function portsClash(a: ContainerPort, b: ContainerPort): boolean {
  if (a.hostPort !== b.hostPort || (a.protocol ?? 'TCP') !== (b.protocol ?? 'TCP')) return false
  return isAnyAddress(a.hostIP) || isAnyAddress(b.hostIP) || a.hostIP === b.hostIP
}

function isAnyAddress(ip: string | undefined): boolean {
  return !ip || ip === '0.0.0.0'
}

/** Reads `podRequests` once for each version of a pod. */
export class RequestCache {
  readonly #known = new WeakMap<Pod, Amounts>()

  of(pod: Pod): Amounts {
    const known = this.#known.get(pod)
    if (known) return known
    const amounts = podRequests(pod)
    this.#known.set(pod, amounts)
    return amounts
  }
}

// What a container that asks for nothing is taken to need, so that such pods spread too (util/pod_resources.go).
const DEFAULT_MILLI_CPU = 100
const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024

/** Millicores and bytes by which nodes are compared. */
export interface PodWeight {
  readonly cpu: number
  readonly memory: number
}

/** What a pod is taken to need when nodes are compared. */
export function podWeight(pod: Pod, requests: RequestCache): PodWeight {
  const { length } = pod.spec.containers
  const asked = requests.of(pod)
  return {
    cpu: asked.get('cpu') || DEFAULT_MILLI_CPU * length,
    memory: asked.get('memory') || DEFAULT_MEMORY_BYTES * length,
  }
}

/** True for pods that hold a node's resources. */
export function holdsResources(pod: Pod): boolean {
  return !isPodTerminal(pod)
}
