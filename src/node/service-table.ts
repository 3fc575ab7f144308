// Owns which endpoints the pods of a cluster reach behind each address of its Services; pure.
// Source: kubernetes pkg/proxy (topology.go CategorizeEndpoints, servicechangetracker.go).
import type { Endpoint, EndpointSlice, Node, Service } from '../../generated/kubernetes.d.ts'
import type { RuleEndpoint, RulePort, ServiceRules } from '../network/vpc/service-rules.ts'

/** The label of a node that names its zone. */
export const ZONE = 'topology.kubernetes.io/zone'

/** A node, and the addresses on it that connections come from: its own and its pods'. */
export interface ClientNode {
  readonly name: string
  readonly ip: string
  readonly zone: string | undefined
  readonly clients: readonly string[]
}

export interface ServiceTableOptions {
  readonly services: readonly Service[]
  slicesOf(service: Service): readonly EndpointSlice[]
  readonly nodes: readonly ClientNode[]
  /** Where an endpoint is really reached within the VPC; undefined when it is not. */
  locate(endpoint: RuleEndpoint, service: Service): RuleEndpoint | undefined
}

/** An endpoint as a slice has it, with the port that is looked for. */
export interface PortEndpoint extends RuleEndpoint {
  readonly endpoint: Endpoint
}

/** The node of a Node object, with the addresses that are on it. */
export function clientNode({ metadata, status }: Node, clients: readonly string[]): ClientNode | undefined {
  const ip = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
  if (ip === undefined) return undefined
  const zone = metadata.labels?.[ZONE]
  return { name: metadata.name, ip, zone, clients }
}

/** The rules of all Services: cluster addresses, external ones, and node ports. */
export function serviceTable(options: ServiceTableOptions): ServiceRules {
  return {
    clients: [...new Set(options.nodes.flatMap(({ clients }) => clients))],
    ports: options.services.flatMap((service) => [
      ...clusterPorts(service, options),
      ...nodePorts(service, options),
    ]),
  }
}

/**
 * The endpoints of a Service's port that connections may go to: the ready ones; without any, those that still serve
 * while they end (KEP-1669).
 */
export function usableEndpoints(
  slices: readonly EndpointSlice[],
  portName: string | undefined,
): readonly PortEndpoint[] {
  const all = slices
    .filter(({ addressType }) => addressType === 'IPv4')
    .flatMap(({ endpoints = [], ports = [] }) => {
      const port = ports?.find(({ name }) => (name ?? '') === (portName ?? ''))?.port
      if (port === undefined) return []
      return (endpoints ?? []).flatMap((endpoint) => endpoint.addresses.map((ip) => ({ ip, port, endpoint })))
    })
  const ready = all.filter(({ endpoint }) => endpoint.conditions?.ready !== false)
  if (ready.length > 0) return ready
  return all.filter(({ endpoint: { conditions } }) => conditions?.serving && conditions.terminating)
}

function clusterPorts(service: Service, options: ServiceTableOptions): RulePort[] {
  const { clusterIP, type, externalIPs = [], internalTrafficPolicy } = service.spec
  if (type === 'ExternalName' || !clusterIP || clusterIP === 'None') return []
  const addresses = [clusterIP, ...externalIPs].filter((ip) => !ip.includes(':'))
  return portsOf(service).flatMap(({ name, port, protocol }) => {
    const usable = usableEndpoints(options.slicesOf(service), name)
    const located = (some: readonly PortEndpoint[]): RuleEndpoint[] =>
      some.flatMap(({ ip, port: at }) => options.locate({ ip, port: at }, service) ?? [])
    const nodeOnly = internalTrafficPolicy === 'Local'
    const special = options.nodes.flatMap((node) => {
      const some = nodeOnly ? usable.filter((one) => isOn(one, node)) : nearest(usable, node)
      return some === usable ? [] : [{ clients: node.clients, endpoints: located(some) }]
    })
    return addresses.map((ip) => ({
      ip,
      port,
      protocol,
      endpoints: nodeOnly ? [] : located(usable),
      ...affinityOf(service),
      isPrivate: true,
      ...(special.length > 0 && { special }),
    }))
  })
}

function nodePorts(service: Service, options: ServiceTableOptions): RulePort[] {
  const { externalTrafficPolicy } = service.spec
  return portsOf(service).flatMap(({ name, nodePort, protocol }) => {
    if (!nodePort) return []
    const usable = usableEndpoints(options.slicesOf(service), name)
    return options.nodes.map((node) => ({
      ip: node.ip,
      port: nodePort,
      protocol,
      endpoints: usable
        .filter((one) => externalTrafficPolicy !== 'Local' || isOn(one, node))
        .flatMap(({ ip, port }) => options.locate({ ip, port }, service) ?? []),
      ...affinityOf(service),
      isPrivate: false,
    }))
  })
}

// The default of the API, for Services that were written without it.
const AFFINITY_SECONDS = 10_800

function affinityOf({ spec }: Service): Pick<RulePort, 'affinitySeconds'> {
  if (spec.sessionAffinity !== 'ClientIP') return {}
  return { affinitySeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS }
}

interface Port {
  readonly name?: string
  readonly port: number
  readonly nodePort?: number
  readonly protocol: 'tcp' | 'udp'
}

// Like the engines' networks, the VPC's carries no SCTP.
function portsOf({ spec }: Service): Port[] {
  return (spec.ports ?? []).flatMap(({ name, port, nodePort, protocol = 'TCP' }) => {
    if (protocol !== 'TCP' && protocol !== 'UDP') return []
    const lower = protocol === 'TCP' ? 'tcp' : 'udp'
    return [{ port, protocol: lower, ...(name && { name }), ...(nodePort && { nodePort }) }]
  })
}

function isOn({ endpoint }: PortEndpoint, { name }: ClientNode): boolean {
  return endpoint.nodeName === name
}

// Hints hold only where every endpoint has some, and one of them is for the client (topology.go canUseTopology).
function nearest(usable: readonly PortEndpoint[], { name, zone }: ClientNode): readonly PortEndpoint[] {
  const forNode = usable.filter(({ endpoint: { hints } }) =>
    hints?.forNodes?.some((node) => node.name === name),
  )
  if (forNode.length > 0 && usable.every(({ endpoint }) => endpoint.hints?.forNodes?.length)) return forNode
  const forZone = usable.filter(({ endpoint: { hints } }) =>
    hints?.forZones?.some((each) => each.name === zone),
  )
  if (forZone.length > 0 && usable.every(({ endpoint }) => endpoint.hints?.forZones?.length)) return forZone
  return usable
}
