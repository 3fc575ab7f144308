// Owns the packet rules by which pods reach Services: what kube-proxy writes on each node, once for a cluster, in nft's
// language. Pure. Source: kubernetes pkg/proxy/nftables; nft(8).
import type { NftChain, NftMap, NftSet, NftTable } from './nft-table.ts'

export interface RuleEndpoint {
  readonly ip: string
  readonly port: number
}

/** A port of a Service at one of its addresses. */
export interface RulePort {
  readonly ip: string
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  /** Connections take turns; without one they are refused. */
  readonly endpoints: readonly RuleEndpoint[]
  /** For so long after its last connection a client comes back to the endpoint that it had (sessionAffinity ClientIP). */
  readonly affinitySeconds?: number
  /** The address is the cluster's own: it means this Service to the cluster's pods only, as with a ClusterIP. */
  readonly isPrivate: boolean
  /** Clients that have endpoints of their own, such as those of their node or zone. */
  readonly special?: readonly {
    readonly clients: readonly string[]
    readonly endpoints: readonly RuleEndpoint[]
  }[]
}

export interface ServiceRules {
  /** Addresses of the cluster's pods and nodes. */
  readonly clients: readonly string[]
  readonly ports: readonly RulePort[]
}

/**
 * The table of a cluster's rules.
 * @param options.router address that a pod sees which reaches itself by a Service
 */
export function serviceRules(
  { clients, ports }: ServiceRules,
  { router }: { readonly router: string },
): NftTable {
  const live = ports.filter((port) => endpointsOf(port).length > 0)
  const dead = ports.filter((port) => endpointsOf(port).length === 0)
  const parts = live.map(portParts)
  const selves = live.flatMap(endpointsOf).map(({ ip }) => `${ip} . ${ip}`)
  return {
    sets: new Map<string, NftSet>([
      ['clients', set('ipv4_addr', clients)],
      ['own-dead', set(KEY, keysOf(dead, true))],
      ['shared-dead', set(KEY, keysOf(dead, false))],
      ['selves', set('ipv4_addr . ipv4_addr', selves)],
      ...parts.flatMap(({ sets }) => sets),
    ]),
    maps: new Map([
      ['own', verdicts(live, true)],
      ['shared', verdicts(live, false)],
    ]),
    chains: new Map<string, NftChain>([...parts.flatMap(({ chains }) => chains), ...hooks(router)]),
  }
}

/** The same rules with one client more. */
export function withClient(table: NftTable, ip: string): NftTable {
  const clients = table.sets.get('clients')?.elements ?? new Set()
  if (clients.has(ip)) return table
  return { ...table, sets: new Map([...table.sets, ['clients', set('ipv4_addr', [...clients, ip])]]) }
}

const KEY = 'ipv4_addr . inet_proto . inet_service'
const LOOK = 'ip daddr . meta l4proto . th dport'

function hooks(router: string): [string, NftChain][] {
  return [
    [
      'translate',
      {
        hook: 'type nat hook prerouting priority -100',
        rules: [`ip saddr @clients ${LOOK} vmap @own`, `${LOOK} vmap @shared`],
      },
    ],
    [
      'refuse',
      {
        hook: 'type filter hook prerouting priority -110',
        rules: [`ip saddr @clients ${LOOK} @own-dead reject`, `${LOOK} @shared-dead reject`],
      },
    ],
    [
      // A pod would take an answer from its own address for its own question.
      'hairpin',
      {
        hook: 'type nat hook postrouting priority 100',
        rules: [`ct status dnat ip saddr . ip daddr @selves snat to ${router}`],
      },
    ],
  ]
}

function set(type: string, elements: readonly string[]): NftSet {
  return { type, elements: new Set(elements) }
}

function keysOf(ports: readonly RulePort[], isPrivate: boolean): string[] {
  return ports.filter((port) => port.isPrivate === isPrivate).map(keyOf)
}

function verdicts(ports: readonly RulePort[], isPrivate: boolean): NftMap {
  const some = ports.filter((port) => port.isPrivate === isPrivate)
  const elements = new Map(some.map((port) => [keyOf(port), `goto ${chainName(port)}`]))
  return { type: `${KEY} : verdict`, elements }
}

function keyOf({ ip, protocol, port }: RulePort): string {
  return `${ip} . ${protocol} . ${port}`
}

// Named after what it is for, so that the chain of a port is the same one when others come and go.
function chainName({ ip, protocol, port, isPrivate }: RulePort): string {
  return `${isPrivate ? 'own' : 'shared'}-${protocol}-${ip}-${port}`
}

function endpointsOf({ endpoints, special = [] }: RulePort): RuleEndpoint[] {
  return [...endpoints, ...special.flatMap((some) => some.endpoints)]
}

interface Parts {
  readonly chains: readonly [string, NftChain][]
  readonly sets: readonly [string, NftSet][]
}

function portParts(port: RulePort): Parts {
  const { protocol, affinitySeconds, endpoints, special = [] } = port
  const name = chainName(port)
  const to = (some: readonly RuleEndpoint[]): string[] => {
    // Only in a table of filters may a packet be refused; one that goes nowhere is dropped instead.
    if (some.length === 0) return ['drop']
    if (affinitySeconds !== undefined) return kept(name, some)
    const choices = some.map(({ ip, port: at }, index) => `${index} : ${ip} . ${at}`)
    return [
      `meta l4proto ${protocol} dnat ip to numgen random mod ${some.length} map { ${choices.join(', ')} }`,
    ]
  }
  const groups = special.filter(({ clients }) => clients.length > 0)
  const rules = [
    ...groups.map(({ clients }, index) => `ip saddr { ${clients.join(', ')} } goto ${name}-${index}`),
    ...to(endpoints),
  ]
  const chains: [string, NftChain][] = [
    ...groups.map((some, index): [string, NftChain] => [`${name}-${index}`, { rules: to(some.endpoints) }]),
    [name, { rules }],
  ]
  if (affinitySeconds === undefined) return { chains, sets: [] }
  return withAffinity(port, affinitySeconds, chains)
}

// As kube-proxy's nftables mode does it: each endpoint remembers its clients.
function kept(name: string, endpoints: readonly RuleEndpoint[]): string[] {
  const turns = endpoints.map((endpoint, index) => `${index} : goto ${memory(name, endpoint)}`)
  return [
    ...endpoints.map((endpoint) => `ip saddr @${memory(name, endpoint)} goto ${memory(name, endpoint)}`),
    `numgen random mod ${endpoints.length} vmap { ${turns.join(', ')} }`,
  ]
}

function withAffinity(port: RulePort, seconds: number, chains: readonly [string, NftChain][]): Parts {
  const own = chainName(port)
  const names = new Map(endpointsOf(port).map((endpoint) => [memory(own, endpoint), endpoint]))
  const type = { type: 'ipv4_addr', elements: undefined }
  return {
    sets: [...names.keys()].map((name) => [
      name,
      { ...type, options: ['flags dynamic,timeout', `timeout ${seconds}s`] },
    ]),
    chains: [
      ...[...names].map(([name, { ip, port: at }]): [string, NftChain] => [
        name,
        {
          rules: [`update @${name} { ip saddr }`, `meta l4proto ${port.protocol} dnat to ${ip}:${at}`],
        },
      ]),
      ...chains,
    ],
  }
}

function memory(name: string, { ip, port }: RuleEndpoint): string {
  return `${name}-to-${ip}-${port}`
}
