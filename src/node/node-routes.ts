// Owns what answers on a node's own address: pods on the host network, and the ports that kube-proxy serves.
import type { EndpointSlice, Service } from '../../generated/kubernetes.d.ts'
import { endpointSlices, services } from '../kubernetes/client/resources.ts'
import type { DatagramWay } from '../network/datagrams.ts'
import type { PodWay, InProcess } from '../network/dialer.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { HealthCheckPort } from './health-check-port.ts'

const BY_NODE_PORT = 'nodePort'
const BY_HEALTH_PORT = 'healthCheckNodePort'
const BY_SERVICE = 'service'

export interface NodeRoutesOptions {
  readonly cluster: ControllerContext
  /** Where the port of a pod on the host network of the node listens. */
  onHost(nodeName: string, port: number): PodWay | undefined
  /** Where the port of the pod with this address listens. */
  ofPod(ip: string, port: number): PodWay | undefined
  /** The same of datagrams. */
  readonly datagrams: {
    onHost(nodeName: string, port: number): DatagramWay | undefined
    ofPod(ip: string, port: number): DatagramWay | undefined
  }
}

interface EndpointAt {
  readonly ip: string
  readonly port: number
  readonly nodeName?: string
}

/** Finds what listens behind a port of a node. */
export class NodeRoutes {
  readonly #options: NodeRoutesOptions
  readonly #healthCheckPort = new HealthCheckPort()
  #turn = 0

  constructor(options: NodeRoutesOptions) {
    this.#options = options
    const { cluster } = options
    cluster.informer(services).addIndex(BY_NODE_PORT, nodePortsOf)
    cluster.informer(services).addIndex(BY_HEALTH_PORT, healthPortOf)
    cluster.informer(endpointSlices).addIndex(BY_SERVICE, (slice) => [serviceKeyOf(slice)])
  }

  /** What is behind `port` of a node; ready endpoints of a node port take turns. */
  resolve(nodeName: string, port: number): PodWay | InProcess | undefined {
    return (
      this.#options.onHost(nodeName, port) ??
      this.#viaNodePort(nodeName, port) ??
      this.#healthOf(nodeName, port)
    )
  }

  /** What takes datagrams at `port` of a node. */
  datagrams(nodeName: string, port: number): DatagramWay | undefined {
    const { datagrams } = this.#options
    const chosen = this.#choose(nodeName, port, 'UDP')
    return datagrams.onHost(nodeName, port) ?? (chosen && datagrams.ofPod(chosen.ip, chosen.port))
  }

  #healthOf(nodeName: string, port: number): InProcess | undefined {
    const [service] = this.#options.cluster.informer(services).byIndex(BY_HEALTH_PORT, String(port))
    if (!service) return undefined
    const { namespace = '', name } = service.metadata
    return {
      accept: (stream) => {
        const ips = this.#slicesOf(service)
          .flatMap(({ endpoints }) => endpoints ?? [])
          .filter((endpoint) => endpoint.conditions?.ready !== false && endpoint.nodeName === nodeName)
          .flatMap(({ addresses }) => addresses)
        this.#healthCheckPort.accept(stream, { namespace, name, count: new Set(ips).size })
      },
    }
  }

  #slicesOf({ metadata }: Service): readonly EndpointSlice[] {
    const key = `${metadata.namespace}/${metadata.name}`
    return this.#options.cluster.informer(endpointSlices).byIndex(BY_SERVICE, key)
  }

  #viaNodePort(nodeName: string, port: number): PodWay | undefined {
    const chosen = this.#choose(nodeName, port, 'TCP')
    return chosen && this.#options.ofPod(chosen.ip, chosen.port)
  }

  /** The endpoint whose turn it is; TCP and UDP have node ports of their own. */
  #choose(nodeName: string, port: number, protocol: 'TCP' | 'UDP'): EndpointAt | undefined {
    const found = this.#options.cluster
      .informer(services)
      .byIndex(BY_NODE_PORT, String(port))
      .flatMap((service) => {
        const servicePort = service.spec.ports?.find(
          (one) => one.nodePort === port && (one.protocol ?? 'TCP') === protocol,
        )
        return servicePort ? [{ service, servicePort }] : []
      })
    const [{ service, servicePort } = {}] = found
    if (!service || !servicePort) return undefined
    const isLocal = service.spec.externalTrafficPolicy === 'Local'
    const candidates = this.#endpoints(service, servicePort.name).filter(
      (one) => !isLocal || one.nodeName === nodeName,
    )
    return candidates[this.#turn++ % Math.max(1, candidates.length)]
  }

  #endpoints(service: Service, portName: string | undefined): EndpointAt[] {
    return this.#slicesOf(service).flatMap(({ endpoints = [], ports = [] }) => {
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

function healthPortOf({ spec }: Service): string[] {
  return spec.healthCheckNodePort ? [String(spec.healthCheckNodePort)] : []
}

function serviceKeyOf({ metadata }: EndpointSlice): string {
  return `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`
}
