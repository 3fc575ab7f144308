// Owns which ports of a pod Services name by number although no container declares them; pure.
import type { Pod, Service } from '../../generated/kubernetes.d.ts'
import { selectsLabels } from '../rules/scheduling/label-selector.ts'

/**
 * Numeric target ports of the Services that select the pod, without those that one of its containers declares.
 * Declared ports are informational (API reference, ContainerPort): an application may well listen on others.
 * @param services those of the pod's namespace
 */
export function servicePorts(pod: Pod, services: readonly Service[]): number[] {
  const declared = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap(({ ports = [] }) =>
    ports.map(({ containerPort }) => containerPort),
  )
  const named = services
    .filter(({ spec }) => selectsLabels(spec.selector, pod.metadata.labels))
    .flatMap(({ spec }) => spec.ports ?? [])
    .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
    // Without a target port it is the Service's own (core/v1 defaulting).
    .map(({ port, targetPort = port }) => targetPort)
    .filter((port) => typeof port === 'number')
  return [...new Set(named)].filter((port) => !declared.includes(port)).toSorted((a, b) => a - b)
}
