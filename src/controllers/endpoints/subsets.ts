// Owns the subsets of a legacy Endpoints object. Pure.
// Source: kubernetes pkg/controller/endpoint/endpoints_controller.go and api/endpoints/util.go (RepackSubsets).
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Pod,
  Service,
} from '../../../generated/kubernetes.d.ts'
import { isPodReady } from '../../rules/scheduling/pod.ts'
import { hostnameIn, resolvePorts, servingPods } from '../objects/service-port.ts'

/** Addresses with the same ports, ready ones apart from the others. */
export function desiredSubsets(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const publishesAll = service.spec.publishNotReadyAddresses === true
  const groups = new Map<
    string,
    { ports: EndpointPort[]; ready: EndpointAddress[]; others: EndpointAddress[] }
  >()
  for (const pod of servingPods(service, pods)) {
    if (pod.metadata.deletionTimestamp && !publishesAll) continue
    const ports = resolvePorts(service, pod)
    const isHeadless = service.spec.clusterIP === 'None' && (service.spec.ports ?? []).length === 0
    if (ports.length === 0 && !isHeadless) continue
    const key = JSON.stringify(ports)
    const group = groups.get(key) ?? { ports: ports.map(withoutEmptyName), ready: [], others: [] }
    groups.set(key, group)
    ;(publishesAll || isPodReady(pod) ? group.ready : group.others).push(addressOf(service, pod))
  }
  return Array.from(groups.values(), ({ ports, ready, others }) => ({
    ...(ready.length > 0 ? { addresses: byAddress(ready) } : {}),
    ...(others.length > 0 ? { notReadyAddresses: byAddress(others) } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  }))
}

function withoutEmptyName({ name, ...port }: ReturnType<typeof resolvePorts>[number]): EndpointPort {
  return name === '' ? port : { name, ...port }
}

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const { namespace, name, uid } = pod.metadata
  const hostname = hostnameIn(service, pod)
  return {
    ip: pod.status?.podIP ?? '',
    ...(hostname ? { hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
  }
}

function byAddress(addresses: readonly EndpointAddress[]): EndpointAddress[] {
  return addresses.toSorted((a, b) => (a.ip < b.ip ? -1 : Number(a.ip > b.ip)))
}
