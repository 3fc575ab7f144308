// Owns what a pod requests and is limited to as a whole, as quotas and limit ranges count it.
// Source: component-helpers resource/helpers.go (PodRequests, PodLimits), limitranger/admission.go (podRequests).
import type { Container, Pod } from '../../../generated/kubernetes.d.ts'
import { addLists, largerOf, maskList, type ResourceList } from './resource-list.ts'

export type Side = 'requests' | 'limits'

/**
 * The sum of containers and sidecars, or what one init container needs beside the sidecars before it, whichever is
 * more; pod-level amounts replace that. The overhead of the runtime class is not in it.
 */
export function podResources({ spec }: Pod, side: Side): ResourceList {
  let total = sum(spec.containers, side)
  let sidecars: ResourceList = {}
  let peak: ResourceList = {}
  for (const container of spec.initContainers ?? []) {
    const own = container.resources?.[side] ?? {}
    const needed = addLists(own, sidecars)
    if (container.restartPolicy === 'Always') {
      total = addLists(total, own)
      sidecars = needed
    }
    peak = largerOf(peak, needed)
  }
  return { ...largerOf(total, peak), ...podLevel(spec.resources?.[side]) }
}

/** The same with the overhead of the runtime class: on limits it weighs only where there is a limit. */
export function podResourcesWithOverhead(pod: Pod, side: Side): ResourceList {
  const list = podResources(pod, side)
  const { overhead = {} } = pod.spec
  return addLists(list, side === 'requests' ? overhead : maskList(overhead, Object.keys(list)))
}

function sum(containers: readonly Container[], side: Side): ResourceList {
  return containers.reduce<ResourceList>((list, each) => addLists(list, each.resources?.[side] ?? {}), {})
}

function podLevel(list: ResourceList = {}): ResourceList {
  return Object.fromEntries(
    Object.entries(list).filter(
      ([name]) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-'),
    ),
  )
}
