// Owns what kube-proxy does for real pods: it keeps the packet rules of their VPC in step with the cluster's Services, and
// has this program's own servers at their addresses.
import type { Node, Service } from '../../generated/kubernetes.d.ts'
import { endpointSlices, nodes, pods, services } from '../kubernetes/client/resources.ts'
import { connectTcp, type Dialer, type Routes } from '../network/dialer.ts'
import type { DnsHandler } from '../network/dns/server.ts'
import type { RuleEndpoint } from '../network/vpc/service-rules.ts'
import type { VpcNetwork } from '../network/vpc/vpc-networks.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { keepInStep, type InStep } from '../reconcile/keep-in-step.ts'
import { hostPortsOf } from './host-ports.ts'
import { Mirrors, type Mirror } from './mirrors.ts'
import { clientNode, serviceTable, ZONE } from './service-table.ts'

export interface ServiceProxyOptions {
  readonly cluster: ControllerContext
  readonly network: Pick<VpcNetwork, 'own' | 'disown' | 'sockets' | 'serve' | 'router'>
  readonly dialer: Dialer
  readonly routes: Routes
  /** Answers at the cluster's name server. */
  readonly dns: DnsHandler
}

const BY_SERVICE = 'service'
const LOOPBACK = /^127\./

/** Serves the Services of a cluster in its VPC. @returns what ends it; the rules stay as they are */
export function startServiceProxy(options: ServiceProxyOptions): () => Promise<void> {
  const proxy = new ServiceProxy(options)
  return () => proxy.stop()
}

class ServiceProxy {
  readonly #options: ServiceProxyOptions
  readonly #inStep: InStep
  readonly #mirrors: Mirrors
  readonly #unsubscribe: readonly (() => void)[]

  constructor(options: ServiceProxyOptions) {
    this.#options = options
    const { cluster, network, routes, dns } = options
    this.#mirrors = new Mirrors({ network, dns, log: cluster.log })
    cluster
      .informer(endpointSlices)
      .addIndex(BY_SERVICE, ({ metadata }) => [
        `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`,
      ])
    this.#inStep = keepInStep({
      ...cluster,
      what: 'the Services of real pods',
      sync: () => this.#sync(),
    })
    const wake = (): void => this.#inStep.wake()
    this.#unsubscribe = [
      cluster.informer(services).onChange(wake),
      cluster.informer(endpointSlices).onChange(wake),
      cluster.informer(nodes).onChange(({ before, after }) => {
        // Most of what nodes report changes none of it.
        if (!before || !after || viewOf(before) !== viewOf(after)) wake()
      }),
      cluster.informer(pods).onChange(wake),
      routes.onChange(wake),
    ]
  }

  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end()
    await this.#inStep.stop()
    await this.#mirrors.keep([])
  }

  async #sync(): Promise<void> {
    const { cluster, network } = this.#options
    const mirrors = new Map<string, Mirror>()
    const rules = this.#rules((mirror) =>
      mirrors.set(`${mirror.protocol}/${mirror.ip}:${mirror.port}`, mirror),
    )
    await this.#mirrors.keep([...mirrors.values()])
    await network.serve(rules, hostPortsOf(cluster.informer(pods).list()))
  }

  #rules(mirror: (mirror: Mirror) => void): ReturnType<typeof serviceTable> {
    const { cluster } = this.#options
    const slices = cluster.informer(endpointSlices)
    const onNodes = Map.groupBy(cluster.informer(pods).list(), ({ spec }) => spec.nodeName)
    return serviceTable({
      services: cluster.informer(services).list(),
      slicesOf: ({ metadata }) => slices.byIndex(BY_SERVICE, `${metadata.namespace}/${metadata.name}`),
      nodes: cluster
        .informer(nodes)
        .list()
        .flatMap((node) => {
          const of = onNodes.get(node.metadata.name) ?? []
          const clients = [...addressesOf(node), ...of.flatMap(({ status }) => status?.podIP ?? [])]
          return clientNode(node, [...new Set(clients)]) ?? []
        }),
      locate: (endpoint, service) => this.#locate(endpoint, service, mirror),
    })
  }

  #locate(
    { ip, port }: RuleEndpoint,
    service: Service,
    mirror: (mirror: Mirror) => void,
  ): RuleEndpoint | undefined {
    const { network, routes, dialer } = this.#options
    if (LOOPBACK.test(ip)) {
      if (!isIn(service, 'default', 'kubernetes')) return undefined
      // The API of the cluster, which listens outside.
      mirror({ ip: network.router, port, protocol: 'tcp', dial: () => connectTcp(ip, port) })
      return { ip: network.router, port }
    }
    const way = routes.find(ip, port)
    if (way && !('open' in way)) {
      if (isIn(service, 'kube-system', 'kube-dns') && port === DNS_PORT) {
        mirror({ ip, port, protocol: 'udp' })
        mirror({ ip, port, protocol: 'tcp' })
      } else {
        // Policies have been asked when the connection reached the address.
        mirror({ ip, port, protocol: 'tcp', dial: () => dialer.dial(ip, port, { from: 'node' }) })
      }
    }
    return { ip, port }
  }
}

const DNS_PORT = 53

function addressesOf({ status }: Node): string[] {
  return (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address)
}

/** What the rules have of a node. */
function viewOf(node: Node): string {
  return [node.metadata.labels?.[ZONE], ...addressesOf(node)].join()
}

function isIn({ metadata }: Service, namespace: string, name: string): boolean {
  return metadata.namespace === namespace && metadata.name === name
}
