// Owns what answers on a node's own address: pods on the host network, and node ports as kube-proxy serves them.
import type { EndpointSlice, Service } from '../../generated/kubernetes.d.ts'
import { endpointSlices, services } from '../kubernetes/client/resources.ts'
import type { HostAddress } from '../network/dialer.ts'
import type { ControllerContext } from '../reconcile/controller.ts'

const BY_NODE_PORT = 'nodePort'
const BY_SERVICE = 'service'

export interface NodeRoutesOptions {
  readonly cluster: ControllerContext
  /** Where the port of a pod on the host network of the node listens. */
  onHost(nodeName: string, port: number): HostAddress | undefined
  /** Where the port of the pod with this address listens. */
  ofPod(ip: string, port: number): HostAddress | undefined
}

/** Finds what listens behind a port of a node. */
export class NodeRoutes {
  readonly #options: NodeRoutesOptions
  #turn = 0

  constructor(options: NodeRoutesOptions) {
    this.#options = options
    const { cluster } = options
    cluster.informer(services).addIndex(BY_NODE_PORT, nodePortsOf)
    cluster.informer(endpointSlices).addIndex(BY_SERVICE, (slice) => [serviceKeyOf(slice)])
  }

  /** The real address behind `port` of a node; ready endpoints of a node port take turns. */
  resolve(nodeName: string, port: number): HostAddress | undefined {
    return this.#options.onHost(nodeName, port) ?? this.#viaNodePort(nodeName, port)
  }

  #viaNodePort(nodeName: string, port: number): HostAddress | undefined {
    const [service] = this.#options.cluster.informer(services).byIndex(BY_NODE_PORT, String(port))
    const servicePort = service?.spec.ports?.find(({ nodePort }) => nodePort === port)
    if (!service || !servicePort) return undefined
    const isLocal = service.spec.externalTrafficPolicy === 'Local'
    const candidates = this.#endpoints(service, servicePort.name).filter(
      (one) => !isLocal || one.nodeName === nodeName,
    )
    const chosen = candidates[this.#turn++ % Math.max(1, candidates.length)]
    return chosen && this.#options.ofPod(chosen.ip, chosen.port)
  }

  #endpoints(
    service: Service,
    portName: string | undefined,
  ): { ip: string; port: number; nodeName?: string }[] {
    const key = `${service.metadata.namespace}/${service.metadata.name}`
    const slices = this.#options.cluster.informer(endpointSlices).byIndex(BY_SERVICE, key)
    return slices.flatMap(({ endpoints = [], ports = [] }) => {
      const port = ports?.find(({ name }) => (name ?? '') === (portName ?? ''))?.port
      if (port === undefined) return []
      return endpoints
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses, nodeName }) =>
          addresses.map((ip) => ({ ip, port, ...(nodeName !== undefined && { nodeName }) })),
        )
    })
  }
}

function nodePortsOf({ spec }: Service): string[] {
  return (spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [String(nodePort)] : []))
}

function serviceKeyOf({ metadata }: EndpointSlice): string {
  return `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`
}
