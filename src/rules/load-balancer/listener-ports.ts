// Owns which ports of a Service get a listener, and which of them share one: TCP and UDP of one number, where asked for.
// Source: aws-load-balancer-controller, pkg/service/model_build_listener.go (buildListenersWithTCPUDPSupport).
import type { Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import { annotation, BuildError, parseBoolean } from './annotations.ts'
import { listenerOf, type ListenerModel } from './listener.ts'

/** A port with its listener. */
export interface ListenerPort {
  /** The first of those with its number. */
  readonly port: ServicePort
  readonly listener: ListenerModel
}

/**
 * The listeners of a Service, by the ports that they are for. Two ports of one number that do not share a listener are two
 * of the same name to the controller, of which the last one counts, with the target group of the first: ELBv2 refuses it.
 * @throws BuildError with the controller's text
 */
export function listenerPorts(service: Service): readonly ListenerPort[] {
  const byNumber = Map.groupBy(service.spec.ports ?? [], ({ port }) => port)
  return [...byNumber.values()].map((ports): ListenerPort => {
    const [first, ...others] = ports as [ServicePort, ...ServicePort[]]
    const last = others.at(-1)
    if (!last) return { port: first, listener: listenerOf(service, first) }
    if (isMerging(service)) {
      requireMergeable(service, ports)
      return { port: first, listener: listenerOf(service, first, true) }
    }
    const { groupProtocol } = listenerOf(service, first)
    return { port: first, listener: { ...listenerOf(service, last), groupProtocol } }
  })
}

/** Whether ports of one number share a listener; a value that cannot be read counts as none. */
export function isMerging(service: Service): boolean {
  return parseBoolean(annotation(service, 'enable-tcp-udp-listener') ?? '') ?? false
}

function requireMergeable({ spec }: Service, ports: readonly ServicePort[]): void {
  const path = ['spec', 'ports', spec.ports?.indexOf(ports[0] as ServicePort) ?? 0]
  if (ports.length !== 2) {
    throw new BuildError(`can only merge two ports, not ${ports.length}`, { path })
  }
  const other = ports.find(({ protocol = 'TCP' }) => protocol !== 'TCP' && protocol !== 'UDP')
  if (other) throw new BuildError(`unsupported protocol for merging: ${other.protocol}`, { path })
}
