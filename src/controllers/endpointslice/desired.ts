// Owns which endpoints a service should have, and in which slices they are kept. Pure.
// Source: kubernetes staging endpointslice/reconciler.go and utils.go.
import type {
  DiscoveryEndpointPort,
  Endpoint,
  EndpointSlice,
  Node,
  Pod,
  Service,
} from '../../../generated/kubernetes.d.ts'
import { familyOf, type IpFamily } from '../../base/address-range.ts'
import { deepEqual } from '../../base/json.ts'
import { isPodReady } from '../../rules/scheduling/pod.ts'
import { hostnameIn, resolvePorts, servingPods } from '../objects/service-port.ts'

// --max-endpoints-per-slice
const MAX_ENDPOINTS = 100

/** Endpoints of one address family that have the same ports. */
export interface EndpointGroup {
  readonly addressType: IpFamily
  readonly ports: readonly DiscoveryEndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

interface Group {
  readonly ports: readonly DiscoveryEndpointPort[]
  readonly endpoints: Endpoint[]
}

/** The endpoints of a service, grouped by family and ports; each family has at least an empty group. */
export function desiredGroups(
  service: Service,
  pods: readonly Pod[],
  nodeNamed: (name: string) => Node | undefined,
): EndpointGroup[] {
  const serving = servingPods(service, pods)
  return addressTypes(service).flatMap((addressType) => {
    const groups = new Map<string, Group>()
    for (const pod of serving) {
      const addresses = addressesOf(pod, addressType)
      if (addresses.length === 0) continue
      const ports = resolvePorts(service, pod)
      const key = JSON.stringify(ports)
      const group: Group = groups.get(key) ?? { ports, endpoints: [] }
      group.endpoints.push(endpointOf(service, pod, { addresses, nodeNamed }))
      groups.set(key, group)
    }
    // The placeholder says that somebody looked and found nothing.
    const placeholder: Group = { ports: [], endpoints: [] }
    const found = groups.size > 0 ? [...groups.values()] : [placeholder]
    return found.map((group) => ({ addressType, ...group }))
  })
}

function addressTypes({ spec }: Service): IpFamily[] {
  const families = (spec.ipFamilies ?? []).filter((family) => family !== '')
  return families.length > 0 ? families : ['IPv4']
}

function addressesOf(pod: Pod, addressType: IpFamily): string[] {
  const { podIPs, podIP } = pod.status ?? {}
  const all = podIPs && podIPs.length > 0 ? podIPs.map(({ ip }) => ip) : [podIP]
  return all.filter((ip) => ip !== undefined && familyOf(ip) === addressType) as string[]
}

function endpointOf(
  service: Service,
  pod: Pod,
  { addresses, nodeNamed }: { addresses: string[]; nodeNamed: (name: string) => Node | undefined },
): Endpoint {
  const serving = isPodReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const { nodeName } = pod.spec
  const zone = nodeName && nodeNamed(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone']
  const hostname = hostnameIn(service, pod)
  const { namespace, name, uid } = pod.metadata
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating)
  const hints = ready ? hintsFor(service, { zone, nodeName }) : undefined
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hints ? { hints } : {}),
    ...(hostname ? { hostname } : {}),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
  }
}

const CLOSE = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
// An older way to ask for hints, which goes first.
const HINTS_ANNOTATIONS = [
  'service.kubernetes.io/topology-aware-hints',
  'service.kubernetes.io/topology-mode',
]

/** Whose traffic a ready endpoint is for. Source: kubernetes staging endpointslice/trafficdist/trafficdist.go. */
function hintsFor(
  { metadata: { annotations }, spec: { trafficDistribution = '' } }: Service,
  { zone, nodeName }: { readonly zone: string | undefined; readonly nodeName: string | undefined },
): Endpoint['hints'] {
  const isAnnotated = HINTS_ANNOTATIONS.some((name) => annotations?.[name]?.toLowerCase() === 'auto')
  if (isAnnotated || !CLOSE.includes(trafficDistribution)) return undefined
  const forNode = trafficDistribution === 'PreferSameNode' ? nodeName : undefined
  if (!zone && !forNode) return undefined
  return {
    ...(zone ? { forZones: [{ name: zone }] } : {}),
    ...(forNode ? { forNodes: [{ name: forNode }] } : {}),
  }
}

/** What a slice should hold; without `slice`, a new one has to be made. */
export interface SlicePlan {
  readonly slice?: EndpointSlice
  readonly addressType: IpFamily
  readonly ports: readonly DiscoveryEndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

/**
 * Fits the groups into the existing slices with as few changes as possible: endpoints stay where they are, new
 * ones fill up what has room, and slices that would go are taken over by ones that would be made.
 */
export function planSlices(
  groups: readonly EndpointGroup[],
  existing: readonly EndpointSlice[],
): { readonly plans: readonly SlicePlan[]; readonly surplus: readonly EndpointSlice[] } {
  const free = new Set(existing)
  const kept: SlicePlan[] = []
  const made: SlicePlan[] = []
  for (const group of groups) {
    for (const plan of planGroup(group, existing)) {
      if (plan.slice) free.delete(plan.slice)
      ;(plan.slice ? kept : made).push(plan)
    }
  }
  const reused = made.map((plan) => {
    const slice = [...free].find((candidate) => candidate.addressType === plan.addressType)
    if (slice) free.delete(slice)
    return slice ? { ...plan, slice } : plan
  })
  return { plans: [...kept, ...reused], surplus: [...free] }
}

function planGroup(group: EndpointGroup, existing: readonly EndpointSlice[]): SlicePlan[] {
  const { addressType, ports } = group
  const missing = new Map(group.endpoints.map((endpoint) => [identity(endpoint), endpoint]))
  const slices = existing.filter((s) => s.addressType === addressType && deepEqual(s.ports ?? [], ports))
  const filled = slices.map((slice) => {
    const endpoints = (slice.endpoints ?? []).flatMap((endpoint) => {
      const wanted = missing.get(identity(endpoint))
      missing.delete(identity(endpoint))
      return wanted ? [wanted] : []
    })
    return { slice, endpoints }
  })
  const rest = [...missing.values()]
  const plans: SlicePlan[] = filled.map(({ slice, endpoints }) => {
    const added = rest.splice(0, MAX_ENDPOINTS - endpoints.length)
    return { slice, addressType, ports, endpoints: [...endpoints, ...added] }
  })
  while (rest.length > 0) plans.push({ addressType, ports, endpoints: rest.splice(0, MAX_ENDPOINTS) })
  if (group.endpoints.length === 0) return plans.length > 0 ? plans.slice(0, 1) : [{ ...group }]
  return plans.filter((plan) => plan.endpoints.length > 0)
}

function identity(endpoint: Endpoint): string {
  return endpoint.targetRef?.uid ?? endpoint.addresses.join()
}
