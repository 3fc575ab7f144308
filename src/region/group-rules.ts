// Owns the packet rules by which security groups hold the addresses of a VPC, in nft's language. Pure.

import { sha256Hex } from '../base/sha256.ts'
import { contentChain, type NftChain, type NftSet, type NftTable } from '../network/vpc/nft-table.ts'
import type { GroupTable, Opening } from '../rules/vpc/security-groups.ts'

type Direction = 'ingress' | 'egress'

/** The table of rules; where nothing is held back there are no chains at all. */
export function groupRules({ verdicts, members, machines }: GroupTable): NftTable {
  const chains = new Map<string, NftChain>()
  const jumps = { ingress: new Map<string, string>(), egress: new Map<string, string>() }
  for (const [ip, verdict] of verdicts) {
    for (const direction of ['ingress', 'egress'] as const) {
      const openings = verdict[direction]
      if (!openings) continue
      const name = contentChain(chains, direction, [...linesOf(openings, direction), 'drop'])
      jumps[direction].set(ip, `jump ${name}`)
    }
  }
  const isHeld = jumps.ingress.size + jumps.egress.size > 0
  if (isHeld) for (const [name, chain] of hooks()) chains.set(name, chain)
  const numbers = numbered(machines)
  const marks = [...machines].map(([ip, machine]): [string, string] => [ip, numbers.get(machine) ?? '0'])
  return {
    sets: new Map<string, NftSet>([
      ['interfaces', { type: 'ipv4_addr', elements: new Set(machines.keys()) }],
      ['on', { type: 'ipv4_addr . mark', elements: new Set(marks.map((pair) => pair.join(' . '))) }],
      ...[...members].map(([id, ips]): [string, NftSet] => [
        setName(id),
        { type: 'ipv4_addr', elements: new Set(ips) },
      ]),
    ]),
    maps: new Map([
      ['machines', { type: 'ipv4_addr : mark', elements: new Map(marks) }],
      ['ingress', { type: 'ipv4_addr : verdict', elements: jumps.ingress }],
      ['egress', { type: 'ipv4_addr : verdict', elements: jumps.egress }],
    ]),
    chains,
  }
}

// Groups are stateful: what answers is let through. Packets that the region sends itself are not looked at (load
// balancers, the API server, kubelets), and of those to it only those to a pod whose work it does.
function hooks(): [string, NftChain][] {
  const rules = [
    'ct state established,related accept',
    'meta mark set ip saddr map @machines',
    'ip daddr . meta mark @on accept',
    'ip saddr vmap @egress',
    'ip daddr vmap @ingress',
  ]
  return [
    ['forward', { hook: 'type filter hook forward priority -5', rules }],
    [
      'input',
      {
        hook: 'type filter hook input priority -5',
        rules: ['iifname "lo" accept', 'ip daddr != @interfaces accept', ...rules],
      },
    ],
  ]
}

function linesOf(openings: readonly Opening[], direction: Direction): string[] {
  const side = direction === 'ingress' ? 'saddr' : 'daddr'
  const lines = openings.map((opening) => {
    const { peer } = opening
    const who = 'cidr' in peer ? `ip ${side} ${peer.cidr}` : `ip ${side} @${setName(peer.groupId)}`
    return [who, whatOf(opening), 'return'].filter(Boolean).join(' ')
  })
  return [...new Set(lines)].toSorted()
}

function whatOf({ protocol, from, to }: Opening): string {
  if (protocol === '-1') return ''
  if (protocol === 'icmp' && from !== undefined) {
    return `icmp type ${from}${to === undefined ? '' : ` icmp code ${to}`}`
  }
  if ((protocol !== 'tcp' && protocol !== 'udp') || from === undefined) return `meta l4proto ${protocol}`
  return `${protocol} dport ${to === undefined || to === from ? from : `${from}-${to}`}`
}

/** A number for each machine; no packet has the mark 0 but those of none. Derived, so that a change is a small one. */
function numbered(machines: GroupTable['machines']): Map<string, string> {
  return new Map(
    [...new Set(machines.values())].map((machine) => [machine, `0x${digest(machine).slice(0, 8)}`]),
  )
}

function setName(groupId: string): string {
  return `g-${digest(groupId)}`
}

function digest(text: string): string {
  return sha256Hex(text, 16)
}
