// Owns what the inbound rules of security groups let in.
// Source: VPC user guide, "Security group rules": rules only allow, and those of all groups of an interface add up.
import { contains, parseCidr, type Cidr } from '../../../base/cidr.ts'
import { blocksOf } from './prefix-lists.ts'
import type { Ec2State, RuleRecord } from './state.ts'

/** The first packet of a TCP connection or of a flow of datagrams from outside of the VPC. */
export interface Knock {
  /** IPv4. */
  readonly sourceIp: string
  readonly port: number
  /** TCP when absent. */
  readonly protocol?: 'tcp' | 'udp'
}

export interface Ingress {
  /** Whether any of the groups lets it in. A group that does not exist lets nothing in. */
  admits(groupIds: readonly string[], knock: Knock): boolean
}

interface PortRule {
  /** `-1` for any. */
  readonly protocol: string
  readonly from: number
  readonly to: number
  readonly source: Cidr
}

const ALL_PORTS = 65_535
const ANY = '-1'

/** Reads each group once, and again after its rules or a list changed: connections are many, changes few. */
export function createIngress({ rules, prefixLists }: Pick<Ec2State, 'rules' | 'prefixLists'>): Ingress {
  const known = new Map<string, readonly PortRule[]>()
  rules.watch(({ value }) => known.delete(value.groupId))
  prefixLists.watch(() => known.clear())
  const rulesOf = (groupId: string): readonly PortRule[] => {
    const present = known.get(groupId)
    if (present) return present
    const read = rules.list(`${groupId}/`).flatMap((rule) => portRules(rule, blocksOf(rule, prefixLists)))
    known.set(groupId, read)
    return read
  }
  return {
    admits: (groupIds, knock) =>
      groupIds.some((groupId) =>
        rulesOf(groupId).some(
          ({ protocol, from, to, source }) =>
            (protocol === (knock.protocol ?? 'tcp') || protocol === ANY) &&
            knock.port >= from &&
            knock.port <= to &&
            // Who comes is asked where it matters alone: it is a call of the system for each connection.
            (source.prefixLength === 0 || contains(source, knock.sourceIp)),
        ),
      ),
  }
}

// Sources that are groups hold nobody who comes from outside: such clients have plain addresses.
function portRules(rule: RuleRecord, blocks: readonly string[]): PortRule[] {
  const { egress, protocol, fromPort = 0, toPort = ALL_PORTS } = rule
  if (egress) return []
  const [from, to] = protocol === ANY ? [0, ALL_PORTS] : [fromPort, toPort]
  return blocks.map((block) => ({ protocol, from, to, source: parseCidr(block) }))
}
