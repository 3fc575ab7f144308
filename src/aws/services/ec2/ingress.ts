// Owns what the inbound rules of security groups let in.
// Source: VPC user guide, "Security group rules": rules only allow, and those of all groups of an interface add up.
import { contains, parseCidr, type Cidr } from '../../../base/cidr.ts'
import type { Table } from '../../../store/table.ts'
import type { RuleRecord } from './state.ts'

/** The first packet of a TCP connection from outside of the VPC. */
export interface Knock {
  /** IPv4. */
  readonly sourceIp: string
  readonly port: number
}

export interface Ingress {
  /** Whether any of the groups lets it in. A group that does not exist lets nothing in. */
  admits(groupIds: readonly string[], knock: Knock): boolean
}

interface TcpRule {
  readonly from: number
  readonly to: number
  readonly source: Cidr
}

const ALL_PORTS = 65_535

/** Reads each group once, and again after its rules changed: connections are many, changes few. */
export function createIngress(rules: Pick<Table<RuleRecord>, 'list' | 'watch'>): Ingress {
  const known = new Map<string, readonly TcpRule[]>()
  rules.watch(({ value }) => known.delete(value.groupId))
  const rulesOf = (groupId: string): readonly TcpRule[] => {
    const present = known.get(groupId)
    if (present) return present
    const read = rules.list(`${groupId}/`).flatMap(tcpRule)
    known.set(groupId, read)
    return read
  }
  return {
    admits: (groupIds, { sourceIp, port }) =>
      groupIds.some((groupId) =>
        rulesOf(groupId).some(
          ({ from, to, source }) => port >= from && port <= to && contains(source, sourceIp),
        ),
      ),
  }
}

// Sources that are groups or prefix lists hold nobody who comes from outside: such clients have plain addresses.
function tcpRule({ egress, protocol, cidr, fromPort, toPort }: RuleRecord): TcpRule[] {
  if (egress || cidr === undefined) return []
  if (protocol === '-1') return [{ from: 0, to: ALL_PORTS, source: parseCidr(cidr) }]
  if (protocol !== 'tcp') return []
  return [{ from: fromPort ?? 0, to: toPort ?? ALL_PORTS, source: parseCidr(cidr) }]
}
