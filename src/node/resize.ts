// Owns resizes of running pods: whether the machine can give what is asked for, which containers have to start anew for it,
// and the kubelet's words.
// Sources: kubernetes pkg/kubelet/allocation/allocation_manager.go (canResizePod), pkg/kubelet/events/resize.go,
// pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodResizeAction, validatePodResizeAction).
import type { Container, Pod } from '../../generated/kubernetes.d.ts'
import { bytes, milliCores } from '../base/quantity.ts'
import type { ContainerResources, PodLimits } from '../runtime/runtime.ts'
import { amountsOf, podRequests } from '../rules/scheduling/requests.ts'
import type { ContainerState } from './container-state.ts'
import type { PodFailure } from './pod-failure.ts'

type Resources = Container['resources']
type ResourceList = Readonly<Record<string, string>>

const HEAD = "Node didn't have enough capacity: "
const RESIZABLE = ['cpu', 'memory'] as const

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

/** Whether a container that runs has to start anew to have other resources, by its resizePolicy. */
export function resizeRestarts({ resources, resizePolicy = [] }: Container, wanted: Resources): boolean {
  return RESIZABLE.some((name) => {
    const policy = resizePolicy.find(({ resourceName }) => resourceName === name)
    if (policy?.restartPolicy !== 'RestartContainer') return false
    return (['requests', 'limits'] as const).some(
      (side) => amountOf(name, resources?.[side]) !== amountOf(name, wanted?.[side]),
    )
  })
}

/** What a container has by its spec, as a runtime takes it. */
export function containerResources({ resources }: Pick<Container, 'resources'>): ContainerResources {
  return { limits: amounts(resources?.limits), requests: amounts(resources?.requests) }
}

function amounts(list: ResourceList = {}): PodLimits {
  return {
    ...(list['cpu'] !== undefined && { cpuMilli: milliCores(list['cpu']) }),
    ...(list['memory'] !== undefined && { memoryBytes: bytes(list['memory']) }),
  }
}

function amountOf(name: 'cpu' | 'memory', list: ResourceList | undefined): number {
  return name === 'cpu' ? milliCores(list?.[name]) : bytes(list?.[name])
}

/** Why a container may not have less memory: it uses more. @param usedBytes what it uses at the moment */
export function shrinkProblem({ spec, resizing }: ContainerState, usedBytes: number): string | undefined {
  const limit = bytes(spec.resources?.limits?.['memory'])
  const before = bytes(resizing?.from?.limits?.['memory'])
  const isLess = limit > 0 && (before === 0 || limit < before)
  if (!isLess || usedBytes < limit) return undefined
  const text = `attempting to set container "${spec.name}" memory limit (${limit}) below current usage (${usedBytes})`
  return `cannot decrease memory limits: ${text}`
}

/** The message of an event about a resize, such as `Pod resize started: {"containers":…}`. */
export function resizeText(what: string, { spec, metadata }: Pod, error?: string): string {
  const summary = (containers: readonly Container[]): object[] =>
    containers.map(({ name, resources = {} }) => ({ name, resources: sorted(resources) }))
  const { initContainers = [], containers } = spec
  const text = JSON.stringify({
    ...(initContainers.length > 0 && { initContainers: summary(initContainers) }),
    containers: summary(containers),
    generation: metadata.generation ?? 0,
    ...(error !== undefined && { error }),
  })
  return `${what}: ${text}`
}

// As Go prints them: members in their order, keys of maps sorted.
function sorted({ limits, requests }: NonNullable<Resources>): object {
  const byName = (list: ResourceList): ResourceList =>
    Object.fromEntries(Object.entries(list).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return { ...(limits && { limits: byName(limits) }), ...(requests && { requests: byName(requests) }) }
}
