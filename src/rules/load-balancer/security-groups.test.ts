import { describe, expect, it } from 'vitest'

import { securityGroupsOf, type SecurityGroupsModel } from './security-groups.ts'
import { sampleService, type Variation } from './testing/sample-service.ts'

const RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges'

function groupsOf(variation: Variation, existing?: { hasSecurityGroups: boolean }): SecurityGroupsModel {
  const options = { cluster: 'demo', ipAddressType: 'ipv4' as const, tags: {}, ...(existing && { existing }) }
  return securityGroupsOf(sampleService(variation), options)
}

function sourcesOf(variation: Variation): string[] {
  const groups = groupsOf(variation)
  if (groups.kind !== 'managed') return []
  return groups.rules.map(({ protocol, fromPort, source }) =>
    [protocol, fromPort, ...Object.values(source)].join(' '),
  )
}

describe('who may connect', () => {
  it.each<[string, Variation, string[]]>([
    ['everybody', {}, ['tcp 80 0.0.0.0/0']],
    [
      'the ranges of the Service',
      { spec: { loadBalancerSourceRanges: ['10.0.0.0/8'] } },
      ['tcp 80 10.0.0.0/8'],
    ],
    [
      'the ranges of the annotation',
      { annotations: { [RANGES]: '10.0.0.0/8, 1.2.3.4/32' } },
      ['tcp 80 10.0.0.0/8', 'tcp 80 1.2.3.4/32'],
    ],
    [
      'the ranges of the Service before those of the annotation',
      { annotations: { [RANGES]: '10.0.0.0/8' }, spec: { loadBalancerSourceRanges: ['1.2.3.4/32'] } },
      ['tcp 80 1.2.3.4/32'],
    ],
    ['prefix lists alone', { annotations: { 'security-group-prefix-lists': 'pl-1' } }, ['tcp 80 pl-1']],
    [
      'prefix lists beside ranges',
      { annotations: { 'security-group-prefix-lists': 'pl-1', [RANGES]: '10.0.0.0/8' } },
      ['tcp 80 10.0.0.0/8', 'tcp 80 pl-1'],
    ],
    [
      'each port, and path MTU discovery once',
      {
        annotations: { 'enable-icmp-for-path-mtu-discovery': 'on' },
        spec: {
          ports: [
            { port: 80, nodePort: 1 },
            { port: 81, nodePort: 2 },
          ],
        },
      },
      ['tcp 80 0.0.0.0/0', 'icmp 3 0.0.0.0/0', 'tcp 81 0.0.0.0/0'],
    ],
    [
      'no ICMP unless it is on',
      { annotations: { 'enable-icmp-for-path-mtu-discovery': 'true' } },
      ['tcp 80 0.0.0.0/0'],
    ],
  ])('%s', (_, variation, expected) => {
    expect(sourcesOf(variation)).toEqual(expected)
  })

  it('has no IPv6', () => {
    const spec = { loadBalancerSourceRanges: ['::/0'] }
    expect(() => groupsOf({ spec })).toThrow('unsupported v6 cidr ::/0 when lb is not dualstack')
  })
})

describe('the groups', () => {
  const given = { annotations: { 'security-groups': 'sg-1, front' } }
  const disabled = { annotations: { 'disable-nlb-sg': 'true' } }

  it.each<[string, Variation, { hasSecurityGroups: boolean } | undefined, object]>([
    ['are given', given, undefined, { kind: 'given', groups: ['sg-1', 'front'], isBackendManaged: false }],
    [
      'are given, with the shared one',
      { annotations: { ...given.annotations, 'manage-backend-security-group-rules': 'true' } },
      { hasSecurityGroups: true },
      { kind: 'given', groups: ['sg-1', 'front'], isBackendManaged: true },
    ],
    ['are none', disabled, undefined, { kind: 'none' }],
    ['are none for ever', given, { hasSecurityGroups: false }, { kind: 'none' }],
    ['are made', {}, { hasSecurityGroups: true }, { kind: 'managed' }],
  ])('%s', (_, variation, existing, expected) => {
    expect(groupsOf(variation, existing)).toMatchObject(expected)
  })

  it('cannot be taken away', () => {
    expect(() => groupsOf(disabled, { hasSecurityGroups: true })).toThrow(
      'conflicting security groups configuration',
    )
  })
})
