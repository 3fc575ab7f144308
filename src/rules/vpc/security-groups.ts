// Owns what security groups let through between the addresses of a VPC; pure.
// Sources: VPC user guide, "Security group rules", "Security group connection tracking"; EKS user guide, "View Amazon EKS
// security group requirements for clusters".

/** A rule of a group, as EC2 has it. */
export interface GroupRule {
  readonly groupId: string
  readonly egress: boolean
  /** `tcp`, `udp`, `icmp`, a number, or `-1` for all. */
  readonly protocol: string
  /** Of ICMP the type; -1: all. */
  readonly fromPort?: number
  /** Of ICMP the code; -1: all. */
  readonly toPort?: number
  readonly cidr?: string
  /** The other side is a member of this group. */
  readonly sourceGroupId?: string
}

/** An interface with its addresses, and what it is attached to. */
export interface GroupMember {
  readonly ips: readonly string[]
  readonly groupIds: readonly string[]
  /** Traffic between addresses of one machine never leaves it, and no group sees it. */
  readonly machine: string
}

/** What is let through: to or from the other side, what has the protocol and one of the ports. */
export interface Opening {
  readonly peer: { readonly groupId: string } | { readonly cidr: string }
  readonly protocol: string
  /** Undefined: all. */
  readonly from: number | undefined
  readonly to: number | undefined
}

/** What an interface may do. A direction that is undefined is open. */
export interface GroupVerdict {
  readonly ingress: readonly Opening[] | undefined
  readonly egress: readonly Opening[] | undefined
}

/** What all groups of a VPC come to. */
export interface GroupTable {
  /** By address; members of the same groups share one object. */
  readonly verdicts: ReadonlyMap<string, GroupVerdict>
  /** By group that a rule names, the addresses of its members. */
  readonly members: ReadonlyMap<string, readonly string[]>
  /** By address, its machine. */
  readonly machines: ReadonlyMap<string, string>
}

const EVERYWHERE = '0.0.0.0/0'
const ALL_PROTOCOLS = '-1'

/** What the groups of a VPC come to for its interfaces of now. An interface without a group is not held back. */
export function groupTable(members: readonly GroupMember[], rules: readonly GroupRule[]): GroupTable {
  const byGroup = Map.groupBy(rules, ({ groupId }) => groupId)
  const known = new Map<string, GroupVerdict>()
  const verdictOf = (groupIds: readonly string[]): GroupVerdict => {
    const key = groupIds.toSorted().join()
    const verdict = known.get(key) ?? verdictFrom(groupIds.flatMap((id) => byGroup.get(id) ?? []))
    known.set(key, verdict)
    return verdict
  }
  const held = members.filter(({ groupIds }) => groupIds.length > 0)
  const named = new Set(rules.flatMap(({ sourceGroupId }) => sourceGroupId ?? []))
  return {
    verdicts: new Map(
      held.flatMap(({ ips, groupIds }) => ips.map((ip) => [ip, verdictOf(groupIds)] as const)),
    ),
    members: new Map(
      [...named].map((id) => [id, held.flatMap(({ ips, groupIds }) => (groupIds.includes(id) ? ips : []))]),
    ),
    machines: new Map(members.flatMap(({ ips, machine }) => ips.map((ip) => [ip, machine] as const))),
  }
}

function verdictFrom(rules: readonly GroupRule[]): GroupVerdict {
  const side = (egress: boolean): readonly Opening[] | undefined => {
    const openings = rules.filter((rule) => rule.egress === egress).flatMap((rule) => openingOf(rule) ?? [])
    return openings.some(isOpen) ? undefined : openings
  }
  return { ingress: side(false), egress: side(true) }
}

// Rules of IPv6 and of AWS's prefix lists open nothing between addresses of IPv4 here.
function openingOf({ cidr, sourceGroupId, protocol, fromPort, toPort }: GroupRule): Opening | undefined {
  const peer = sourceGroupId === undefined ? cidr && { cidr } : { groupId: sourceGroupId }
  if (!peer) return undefined
  const known = (port: number | undefined): number | undefined => (port === -1 ? undefined : port)
  const isAll = protocol === ALL_PROTOCOLS
  return { peer, protocol, from: isAll ? undefined : known(fromPort), to: isAll ? undefined : known(toPort) }
}

function isOpen({ peer, protocol }: Opening): boolean {
  return protocol === ALL_PROTOCOLS && 'cidr' in peer && peer.cidr === EVERYWHERE
}
