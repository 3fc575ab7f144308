// Owns the packet rules that hold pods to NetworkPolicies: what the VPC CNI's node agent does on each node, once for a
// cluster, in nft's language. Pure. Source: aws-network-policy-agent README.

import { sha256Hex } from '../base/sha256.ts'
import type {
  Peer,
  PodVerdict,
  PolicyTable,
  PortRange,
  TrafficRule,
} from '../rules/kubernetes/network-policy/policy-table.ts'
import { GATEWAY } from '../network/vpc/namespace.ts'
import { contentChain, type NftChain, type NftSet, type NftTable } from '../network/vpc/nft-table.ts'

export interface PolicyRules {
  readonly table: PolicyTable
  /** Addresses that always reach each other: a node's and that of a pod on it, as `node . pod`. */
  readonly pairs: readonly string[]
}

type Direction = 'ingress' | 'egress'

const LAST_PORT = 65_535

/** The table of rules; without policies there are no rules at all. */
export function policyRules({ table, pairs }: PolicyRules): NftTable {
  const chains = new Map<string, NftChain>()
  const verdicts = { ingress: new Map<string, string>(), egress: new Map<string, string>() }
  for (const [ip, verdict] of table.pods) {
    for (const direction of ['ingress', 'egress'] as const) {
      const name = chainOf(verdict, direction, chains)
      if (name !== undefined) verdicts[direction].set(ip, `jump ${name}`)
    }
  }
  const selves = [...table.pods.keys()].map((ip) => `${ip} . ${ip}`)
  const bound = pairs.filter((pair) => table.pods.has(pair.split(' . ')[1] ?? ''))
  const sets = new Map<string, NftSet>([
    ['always', { type: 'ipv4_addr . ipv4_addr', elements: new Set([...selves, ...bound]) }],
    ...[...table.sets].map(([name, ips]): [string, NftSet] => [
      setName(name),
      { type: 'ipv4_addr', elements: new Set(ips) },
    ]),
  ])
  if (table.pods.size > 0) for (const [name, chain] of hooks()) chains.set(name, chain)
  const type = 'ipv4_addr : verdict'
  return {
    sets,
    maps: new Map([
      ['ingress', { type, elements: verdicts.ingress }],
      ['egress', { type, elements: verdicts.egress }],
    ]),
    chains,
  }
}

// What the region itself sends comes from the router: as a node (the kubelet) from the gateway, which every pod must let
// in, else from an address of the VPC, as the API server and load balancers do on AWS.
function hooks(): [string, NftChain][] {
  const known = 'ct state established,related accept'
  return [
    [
      'forward',
      {
        hook: 'type filter hook forward priority 0',
        rules: [
          known,
          'ip saddr . ip daddr @always accept',
          'ip saddr vmap @egress',
          'ip daddr vmap @ingress',
        ],
      },
    ],
    ['input', { hook: 'type filter hook input priority 0', rules: [known, 'ip saddr vmap @egress'] }],
    [
      'output',
      {
        hook: 'type filter hook output priority 0',
        rules: [known, `ip saddr ${GATEWAY} accept`, 'ip daddr vmap @ingress'],
      },
    ],
  ]
}

// Pods for which the same holds share a chain.
function chainOf(
  verdict: PodVerdict,
  direction: Direction,
  chains: Map<string, NftChain>,
): string | undefined {
  const rules = verdict[direction]
  if (!rules) return undefined
  const lines = [...new Set(rules.flatMap((rule) => linesOf(rule, direction))), 'drop']
  return contentChain(chains, direction, lines)
}

function linesOf({ peers, ports }: TrafficRule, direction: Direction): string[] {
  const who = peers?.map((peer) => peerMatch(peer, direction)) ?? [
    { match: '', seesOriginal: false },
    // Whatever the address of a Service leads to, the port that was asked for counts too.
    ...(direction === 'egress' && ports ? [{ match: '', seesOriginal: true }] : []),
  ]
  return who.flatMap(({ match, seesOriginal }) => {
    const lets = ports?.map((port) => portMatch(port, seesOriginal)) ?? ['']
    return lets.map((port) => [match, port, 'return'].filter(Boolean).join(' '))
  })
}

interface Match {
  readonly match: string
  /** It is matched with where the pod meant to go, before the address of a Service was translated. */
  readonly seesOriginal: boolean
}

// The agent looks at what a pod sends before kube-proxy's rules do; only for sets of pods it knows their Services too.
function peerMatch(peer: Peer, direction: Direction): Match {
  if ('set' in peer) {
    const side = direction === 'ingress' ? 'saddr' : 'daddr'
    return { match: `ip ${side} @${setName(peer.set)}`, seesOriginal: false }
  }
  const side = direction === 'ingress' ? 'ip saddr' : 'ct original ip daddr'
  const except = peer.except.map((block) => ` ${side} != ${block}`).join('')
  return { match: `${side} ${peer.cidr}${except}`, seesOriginal: direction === 'egress' }
}

function portMatch({ protocol, first, last }: PortRange, seesOriginal: boolean): string {
  const lower = protocol.toLowerCase()
  if (first === 0 && last === LAST_PORT) return `meta l4proto ${lower}`
  const range = first === last ? `${first}` : `${first}-${last}`
  return seesOriginal ? `meta l4proto ${lower} ct original proto-dst ${range}` : `${lower} dport ${range}`
}

function setName(name: string): string {
  return `s-${digest(name)}`
}

function digest(text: string): string {
  return sha256Hex(text, 16)
}
