// Owns whether NetworkPolicies let a connection through; pure.
import { contains, parseCidr } from '../../../base/cidr.ts'
import type { Peer, PolicyProtocol, PolicyTable, TrafficRule } from './policy-table.ts'

export interface Connection {
  readonly from: string
  readonly to: string
  readonly protocol: PolicyProtocol
  readonly port: number
}

/** True when both sides are let: the one that connects, to go there, and the other, to be reached. */
export function policiesAllow({ pods, sets }: PolicyTable, connection: Connection): boolean {
  const { from, to } = connection
  // No policy keeps a pod from itself.
  if (from === to) return true
  const isLet = (rules: readonly TrafficRule[] | undefined, other: string): boolean =>
    rules === undefined || rules.some((rule) => covers(rule, { ...connection, other, sets }))
  return isLet(pods.get(from)?.egress, to) && isLet(pods.get(to)?.ingress, from)
}

interface Seen extends Connection {
  readonly other: string
  readonly sets: PolicyTable['sets']
}

function covers({ peers, ports }: TrafficRule, { other, protocol, port, sets }: Seen): boolean {
  const isPort =
    ports === undefined ||
    ports.some((range) => range.protocol === protocol && range.first <= port && port <= range.last)
  return isPort && (peers === undefined || peers.some((peer) => isPeer(peer, other, sets)))
}

function isPeer(peer: Peer, ip: string, sets: PolicyTable['sets']): boolean {
  if ('set' in peer) return sets.get(peer.set)?.includes(ip) ?? false
  return has(peer.cidr, ip) && !peer.except.some((block) => has(block, ip))
}

function has(cidr: string, ip: string): boolean {
  return contains(parseCidr(cidr), ip)
}
