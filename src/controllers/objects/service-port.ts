// Owns how a service's ports are found on a pod, and which pods serve at all.
// Source: kubernetes pkg/api/v1/pod/util.go (FindPort) and endpointslice/util.
import type { Pod, Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'
import { matchesLabels } from '../../rules/scheduling/label-selector.ts'

/** A port of a service as it is on a pod. */
export interface ResolvedPort {
  readonly name: string
  readonly port: number
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly appProtocol?: string
}

/** The service's ports on this pod; one whose name the pod does not have is left out. */
export function resolvePorts(service: Service, pod: Pod): ResolvedPort[] {
  return (service.spec.ports ?? []).flatMap((servicePort) => {
    const port = targetPort(servicePort, pod)
    if (port === undefined) return []
    const { name = '', protocol = 'TCP', appProtocol } = servicePort
    return [{ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }]
  })
}

function targetPort(
  { targetPort: target, port, protocol = 'TCP' }: ServicePort,
  pod: Pod,
): number | undefined {
  if (typeof target === 'number') return target || port
  if (target === undefined) return port
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always')
  return [...pod.spec.containers, ...sidecars]
    .flatMap((container) => container.ports ?? [])
    .find((each) => each.name === target && (each.protocol ?? 'TCP') === protocol)?.containerPort
}

/** True for services whose endpoints a controller keeps. */
export function hasManagedEndpoints(service: Service): boolean {
  return service.spec.type !== 'ExternalName' && Object.keys(service.spec.selector ?? {}).length > 0
}

/** True when the service selects the pod. */
export function selectsPod(service: Service, pod: Pod): boolean {
  return (
    service.metadata.namespace === pod.metadata.namespace &&
    hasManagedEndpoints(service) &&
    matchesLabels(service.spec.selector ?? {}, pod.metadata.labels)
  )
}

/** Pods of the service that have an address and have not ended, by name. */
export function servingPods(service: Service, pods: readonly Pod[]): Pod[] {
  return pods
    .filter((pod) => pod.status?.podIP && !isPodTerminal(pod) && selectsPod(service, pod))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}

/** The host name that the service gives the pod in DNS, if any. */
export function hostnameIn(service: Service, pod: Pod): string | undefined {
  return pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined
}
