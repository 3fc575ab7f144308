import { describe, expect, it } from 'vitest'

import { groupTable, type GroupMember, type GroupRule } from './security-groups.ts'

const ALL_OUT: GroupRule = { groupId: 'sg-a', egress: true, protocol: '-1', cidr: '0.0.0.0/0' }
const NODE: GroupMember = { ips: ['10.0.0.4', '10.0.0.5'], groupIds: ['sg-a'], machine: 'i-1' }
const FARGATE: GroupMember = { ips: ['10.0.1.4'], groupIds: ['sg-a', 'sg-b'], machine: 'eni-1' }

function ingressOf(...rules: readonly Partial<GroupRule>[]): unknown {
  const whole = rules.map((rule) => ({ groupId: 'sg-a', egress: false, protocol: 'tcp', ...rule }))
  return groupTable([NODE], whole).verdicts.get('10.0.0.4')?.ingress
}

describe('groupTable', () => {
  it('lets in what rules say, and no more', () => {
    expect(ingressOf()).toEqual([])
    expect(ingressOf({ cidr: '10.0.0.0/16', fromPort: 80, toPort: 90 })).toEqual([
      { peer: { cidr: '10.0.0.0/16' }, protocol: 'tcp', from: 80, to: 90 },
    ])
    expect(ingressOf({ sourceGroupId: 'sg-b', protocol: '-1' })).toEqual([
      { peer: { groupId: 'sg-b' }, protocol: '-1', from: undefined, to: undefined },
    ])
    expect(ingressOf({ cidr: '0.0.0.0/0', protocol: 'icmp', fromPort: 8, toPort: -1 })).toEqual([
      { peer: { cidr: '0.0.0.0/0' }, protocol: 'icmp', from: 8, to: undefined },
    ])
  })

  it('leaves a direction alone that is open to everybody', () => {
    expect(ingressOf({ cidr: '0.0.0.0/0', protocol: '-1' })).toBeUndefined()
    expect(ingressOf({ cidr: '0.0.0.0/0', fromPort: 1, toPort: 2 })).toHaveLength(1)
    const { verdicts } = groupTable([NODE, FARGATE], [ALL_OUT])
    expect(verdicts.get('10.0.0.5')).toEqual({ ingress: [], egress: undefined })
    // The rules of all of its groups count.
    expect(verdicts.get('10.0.1.4')).toEqual({ ingress: [], egress: undefined })
  })

  it('opens nothing for rules of IPv6 and of prefix lists', () => {
    expect(ingressOf({ protocol: '-1' })).toEqual([])
  })

  it('knows the members of groups that rules name, and the machine of each address', () => {
    const rule: GroupRule = { groupId: 'sg-b', egress: false, protocol: '-1', sourceGroupId: 'sg-a' }
    const table = groupTable([NODE, FARGATE, { ips: ['10.0.9.9'], groupIds: [], machine: 'eni-2' }], [rule])
    expect([...table.members]).toEqual([['sg-a', ['10.0.0.4', '10.0.0.5', '10.0.1.4']]])
    expect(table.machines.get('10.0.0.5')).toBe('i-1')
    expect(table.verdicts.has('10.0.9.9')).toBe(false)
    expect(table.machines.get('10.0.9.9')).toBe('eni-2')
  })

  it('gives members of the same groups one verdict', () => {
    const { verdicts } = groupTable([NODE], [ALL_OUT])
    expect(verdicts.get('10.0.0.4')).toBe(verdicts.get('10.0.0.5'))
  })
})
