import { describe, expect, it } from 'vitest'

import { wholeTable } from '../network/vpc/nft-table.ts'
import { groupTable, type GroupRule } from '../rules/vpc/security-groups.ts'
import { groupRules } from './group-rules.ts'

const MEMBER = { ips: ['10.0.0.4'], groupIds: ['sg-a'], machine: 'i-1' }
const OPEN: readonly GroupRule[] = [true, false].map((egress) => {
  return { groupId: 'sg-a', egress, protocol: '-1', cidr: '0.0.0.0/0' }
})

function linesFor(rule: Partial<GroupRule>): readonly string[] {
  const whole = { groupId: 'sg-a', egress: false, protocol: 'tcp', cidr: '10.1.0.0/16', ...rule }
  const { chains } = groupRules(groupTable([MEMBER], [whole, OPEN[0] ?? whole]))
  return [...chains].flatMap(([name, chain]) => (name.startsWith('ingress-') ? chain.rules : []))
}

describe('groupRules', () => {
  it.each<[Partial<GroupRule>, string]>([
    [{ fromPort: 80, toPort: 80 }, 'ip saddr 10.1.0.0/16 tcp dport 80 return'],
    [{ protocol: 'udp', fromPort: 1, toPort: 9 }, 'ip saddr 10.1.0.0/16 udp dport 1-9 return'],
    [{}, 'ip saddr 10.1.0.0/16 meta l4proto tcp return'],
    [{ protocol: 'icmp', fromPort: -1, toPort: -1 }, 'ip saddr 10.1.0.0/16 meta l4proto icmp return'],
    [{ protocol: 'icmp', fromPort: 3, toPort: 4 }, 'ip saddr 10.1.0.0/16 icmp type 3 icmp code 4 return'],
    [{ protocol: '-1' }, 'ip saddr 10.1.0.0/16 return'],
    [{ protocol: '50' }, 'ip saddr 10.1.0.0/16 meta l4proto 50 return'],
  ])('lets %o in by "%s"', (rule, line) => {
    expect(linesFor(rule)).toEqual([line, 'drop'])
  })

  it('has no chain where groups hold nothing back', () => {
    const table = groupRules(groupTable([MEMBER], OPEN))
    expect(table.chains.size).toBe(0)
    expect(wholeTable('t', table)).not.toContain('hook')
  })

  it('is the same for the rest when a machine comes', () => {
    const later = { ips: ['10.0.0.9'], groupIds: ['sg-a'], machine: 'i-2' }
    const [before, after] = [[MEMBER], [later, MEMBER]].map((members) =>
      groupRules(groupTable(members, [OPEN[0] ?? { groupId: '', egress: true, protocol: '-1' }])),
    )
    expect([...(before?.chains.keys() ?? [])]).toEqual([...(after?.chains.keys() ?? [])])
    expect(after?.maps.get('machines')?.elements.get('10.0.0.4')).toBe(
      before?.maps.get('machines')?.elements.get('10.0.0.4'),
    )
  })
})
