// Owns what NetworkPolicies let pods do, said in addresses and ports; pure.
// Source: kubernetes api networking/v1 types.go (NetworkPolicySpec and below).
import type {
  LabelSelector,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../../../../generated/kubernetes.d.ts'
import { matchesLabelSelector, type Labels } from '../../scheduling/label-selector.ts'

export type PolicyProtocol = 'TCP' | 'UDP' | 'SCTP'

/** A pod as policies see it. */
export interface PolicyPod {
  readonly namespace: string
  readonly labels: Labels
  readonly ip: string
  /** The ports that its containers name. */
  readonly namedPorts: readonly NamedPort[]
  /** Policies hold for it; without that it is only a peer of others, as a pod on Fargate is. */
  readonly isBound: boolean
}

export interface NamedPort {
  readonly name: string
  readonly port: number
  readonly protocol: PolicyProtocol
}

/** From the first port to the last, both included. */
export interface PortRange {
  readonly protocol: PolicyProtocol
  readonly first: number
  readonly last: number
}

/** Who is on the other side: pods of a set, or addresses of a block. */
export type Peer = { readonly set: string } | { readonly cidr: string; readonly except: readonly string[] }

/** Traffic that is let through: what has one of the peers and one of the ports. */
export interface TrafficRule {
  /** Undefined: everybody. */
  readonly peers: readonly Peer[] | undefined
  /** Undefined: every port of every protocol. */
  readonly ports: readonly PortRange[] | undefined
}

/** What a pod may do. A direction that is undefined is not restricted; one with no rules is closed. */
export interface PodVerdict {
  readonly ingress: readonly TrafficRule[] | undefined
  readonly egress: readonly TrafficRule[] | undefined
}

/** What all policies of a cluster come to. */
export interface PolicyTable {
  /** Addresses of pods by the name of the set. */
  readonly sets: ReadonlyMap<string, readonly string[]>
  /** By address, pods that some policy holds for. Pods for which the same holds share one object. */
  readonly pods: ReadonlyMap<string, PodVerdict>
}

export interface PolicyWorld {
  readonly policies: readonly NetworkPolicy[]
  readonly pods: readonly PolicyPod[]
  /** Labels of each namespace. */
  readonly namespaces: ReadonlyMap<string, Labels>
}

const OPEN: PolicyTable = { sets: new Map(), pods: new Map() }
const LAST_PORT = 65_535

/** What the policies of a cluster come to for its pods of now. */
export function policyTable(world: PolicyWorld): PolicyTable {
  if (world.policies.length === 0) return OPEN
  return new Compiler(world).table()
}

class Compiler {
  readonly #world: PolicyWorld
  readonly #sets = new Map<string, readonly string[]>()
  readonly #members = new Map<string, readonly PolicyPod[]>()
  readonly #verdicts = new Map<string, PodVerdict>()

  constructor(world: PolicyWorld) {
    this.#world = world
  }

  table(): PolicyTable {
    const byNamespace = Map.groupBy(this.#world.policies, ({ metadata }) => metadata.namespace ?? '')
    const pods = new Map<string, PodVerdict>()
    for (const pod of this.#world.pods) {
      if (!pod.isBound) continue
      const policies = (byNamespace.get(pod.namespace) ?? []).filter(({ spec }) =>
        matchesLabelSelector(spec?.podSelector, pod.labels),
      )
      if (policies.length > 0) pods.set(pod.ip, this.#verdict(pod, policies))
    }
    return { sets: this.#sets, pods }
  }

  /** Replicas are held by the same policies, and name the same ports. */
  #verdict(pod: PolicyPod, policies: readonly NetworkPolicy[]): PodVerdict {
    const names = policies.map(({ metadata }) => metadata.name)
    const key = JSON.stringify([pod.namespace, names, pod.namedPorts])
    const known = this.#verdicts.get(key)
    if (known) return known
    const of = (type: 'Ingress' | 'Egress'): NetworkPolicy[] =>
      policies.filter(({ spec }) => spec?.policyTypes?.includes(type))
    const [inward, outward] = [of('Ingress'), of('Egress')]
    const verdict = {
      ingress: inward.length === 0 ? undefined : inward.flatMap((policy) => this.#ingress(policy, pod)),
      egress: outward.length === 0 ? undefined : outward.flatMap((policy) => this.#egress(policy)),
    }
    this.#verdicts.set(key, verdict)
    return verdict
  }

  #ingress({ metadata, spec }: NetworkPolicy, pod: PolicyPod): TrafficRule[] {
    return (spec?.ingress ?? []).map(({ from = [], ports = [] }) => ({
      peers: this.#peers(from, metadata.namespace ?? ''),
      ports: ports.length === 0 ? undefined : ports.flatMap((port) => rangesAt(port, pod)),
    }))
  }

  #egress({ metadata, spec }: NetworkPolicy): TrafficRule[] {
    return (spec?.egress ?? []).flatMap(({ to = [], ports = [] }) => {
      const named = ports.filter(({ port }) => typeof port === 'string')
      const numbered = ports.filter(({ port }) => typeof port !== 'string')
      const namespace = metadata.namespace ?? ''
      const plain = {
        peers: this.#peers(to, namespace),
        ports: ports.length === 0 ? undefined : numbered.flatMap(rangesOf),
      }
      return [
        ...(named.length > 0 && numbered.length === 0 ? [] : [plain]),
        ...named.flatMap((port) => this.#namedEgress(port, to, namespace)),
      ]
    })
  }

  /** A name means the port that each pod on the other side gives it; a block of addresses has no names. */
  #namedEgress(port: NetworkPolicyPort, to: readonly NetworkPolicyPeer[], namespace: string): TrafficRule[] {
    const peers = to.length === 0 ? [{ namespaceSelector: {} }] : to.filter(({ ipBlock }) => !ipBlock)
    return peers.flatMap((peer) => {
      const selector = selectorOf(peer, namespace)
      const byRange = Map.groupBy(
        this.#select(selector).flatMap((pod) => rangesAt(port, pod).map((range) => ({ pod, range }))),
        ({ range }) => `${range.protocol} ${range.first}`,
      )
      return [...byRange].flatMap(([key, found]) => {
        const [first] = found
        if (!first) return []
        const set = `${selector} ${port.port} ${key}`
        this.#sets.set(set, addressesOf(found.map(({ pod }) => pod)))
        return [{ peers: [{ set }], ports: [first.range] }]
      })
    })
  }

  #peers(peers: readonly NetworkPolicyPeer[], namespace: string): readonly Peer[] | undefined {
    if (peers.length === 0) return undefined
    return peers.flatMap((peer): Peer[] => {
      const { ipBlock } = peer
      if (!ipBlock) {
        const set = selectorOf(peer, namespace)
        this.#sets.set(set, addressesOf(this.#select(set)))
        return [{ set }]
      }
      // Pods have IPv4 addresses alone.
      if (ipBlock.cidr.includes(':')) return []
      return [{ cidr: ipBlock.cidr, except: ipBlock.except ?? [] }]
    })
  }

  #select(selector: string): readonly PolicyPod[] {
    const known = this.#members.get(selector)
    if (known) return known
    // Made by `selectorOf`.
    const [namespace, namespaces, labels] = JSON.parse(selector) as Selector
    const found = this.#world.pods.filter((pod) => {
      const isThere = namespaces
        ? matchesLabelSelector(namespaces, this.#world.namespaces.get(pod.namespace))
        : pod.namespace === namespace
      return isThere && matchesLabelSelector(labels, pod.labels)
    })
    this.#members.set(selector, found)
    return found
  }
}

/** The policy's own namespace or else the selector of namespaces, and the selector of pods. */
type Selector = readonly [string | null, LabelSelector | null, LabelSelector]

// A peer without a selector of namespaces means pods of the policy's own; one without a selector of pods means all.
function selectorOf({ podSelector = {}, namespaceSelector }: NetworkPolicyPeer, namespace: string): string {
  const selector: Selector = namespaceSelector
    ? [null, namespaceSelector, podSelector]
    : [namespace, null, podSelector]
  return JSON.stringify(selector)
}

function rangesOf({ protocol = 'TCP', port, endPort }: NetworkPolicyPort): PortRange[] {
  // The API server lets no other protocol in.
  const own = protocol as PolicyProtocol
  if (typeof port === 'string') return []
  if (port === undefined) return [{ protocol: own, first: 0, last: LAST_PORT }]
  return [{ protocol: own, first: port, last: endPort ?? port }]
}

function rangesAt(wanted: NetworkPolicyPort, { namedPorts }: PolicyPod): PortRange[] {
  const { port, protocol = 'TCP' } = wanted
  if (typeof port !== 'string') return rangesOf(wanted)
  return namedPorts
    .filter((named) => named.name === port && named.protocol === protocol)
    .map((named) => ({ protocol: named.protocol, first: named.port, last: named.port }))
}

function addressesOf(pods: readonly PolicyPod[]): readonly string[] {
  return [...new Set(pods.map(({ ip }) => ip))].toSorted()
}
