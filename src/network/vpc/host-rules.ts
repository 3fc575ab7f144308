// Owns the packet rules by which a node's own programs reach the host ports of its pods: what a node sends to itself never
// passes the router. Pure. Source: containernetworking/plugins, plugins/meta/portmap (rules of OUTPUT, snat of loopback).
import type { NftTable } from './nft-table.ts'
import type { RuleEndpoint, RulePort } from './service-rules.ts'

/** A port of a node that leads to a pod on it. */
export interface HostPort {
  /** Address of the node. */
  readonly node: string
  /** Where it is asked for: the node's address, or that of its loopback. */
  readonly ip: string
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  readonly endpoint: RuleEndpoint
}

export const LOOPBACK = '127.0.0.1'

/** The table within the network of one node. */
export function hostRules(ports: readonly HostPort[]): NftTable {
  const elements = ports.map(({ ip, protocol, port, endpoint }): [string, string] => [
    `${ip} . ${protocol} . ${port}`,
    `${endpoint.ip} . ${endpoint.port}`,
  ])
  const look = 'ip daddr . meta l4proto . th dport'
  return {
    sets: new Map(),
    maps: new Map([
      [
        'ports',
        {
          type: 'ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service',
          elements: new Map(elements),
        },
      ],
    ]),
    chains: new Map([
      [
        'translate',
        {
          hook: 'type nat hook output priority -100',
          rules: [`meta l4proto { tcp, udp } dnat ip to ${look} map @ports`],
        },
      ],
      [
        // The pod could not answer an address of loopback.
        'leave',
        {
          hook: 'type nat hook postrouting priority 100',
          rules: ['ip saddr 127.0.0.0/8 oifname != "lo" masquerade'],
        },
      ],
    ]),
  }
}

/** The same ports as they are reached from elsewhere. */
export function reachedFromOutside(ports: readonly HostPort[]): RulePort[] {
  return ports
    .filter(({ ip }) => ip !== LOOPBACK)
    .map(({ ip, port, protocol, endpoint }) => ({
      ip,
      port,
      protocol,
      endpoints: [endpoint],
      isPrivate: false,
    }))
}
