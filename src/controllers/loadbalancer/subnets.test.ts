import { describe, expect, it } from 'vitest'

import { chooseSubnets, type Subnet } from './subnets.ts'

function subnet(id: string, zone: string, options: { free?: number; clusters?: string[] } = {}): Subnet {
  return {
    SubnetId: id,
    AvailabilityZone: zone,
    AvailableIpAddressCount: options.free ?? 250,
    Tags: (options.clusters ?? []).map((name) => ({ Key: `kubernetes.io/cluster/${name}`, Value: 'shared' })),
  }
}

// pkg/networking/subnet_resolver_test.go
describe('the subnets of a load balancer', () => {
  it.each<[string, Subnet[], string[]]>([
    ['one for each zone', [subnet('s2', 'a'), subnet('s1', 'a'), subnet('s3', 'b')], ['s1', 's3']],
    ['of this cluster before others', [subnet('s1', 'a'), subnet('s2', 'a', { clusters: ['demo'] })], ['s2']],
    ['not of other clusters', [subnet('s1', 'a', { clusters: ['other'] }), subnet('s2', 'b')], ['s2']],
    ['shared with other clusters', [subnet('s1', 'a', { clusters: ['other', 'demo'] })], ['s1']],
    ['with eight free addresses', [subnet('s1', 'a', { free: 7 }), subnet('s2', 'a', { free: 8 })], ['s2']],
  ])('are %s', (_, subnets, expected) => {
    expect(chooseSubnets(subnets, 'demo').map(({ SubnetId }) => SubnetId)).toEqual(expected)
  })

  it('must be one at least', () => {
    const subnets = [subnet('s1', 'a', { clusters: ['other'] }), subnet('s2', 'a', { free: 1 })]
    expect(() => chooseSubnets(subnets, 'demo')).toThrow(
      'unable to resolve at least one subnet. Evaluated 2 subnets: 1 are tagged for other clusters, and ' +
        '1 have insufficient available IP addresses',
    )
  })

  it('have a block of IPv6 where the load balancer is dualstack', () => {
    const block = (State: string) => ({ Ipv6CidrBlock: '2600:1f14::/64', Ipv6CidrBlockState: { State } })
    const six = { ...subnet('s2', 'a'), Ipv6CidrBlockAssociationSet: [block('associated')] }
    const leaving = { ...subnet('s3', 'b'), Ipv6CidrBlockAssociationSet: [block('disassociated')] }
    const all = [subnet('s1', 'a'), six, leaving]
    expect(chooseSubnets(all, 'demo', 'dualstack').map(({ SubnetId }) => SubnetId)).toEqual(['s2'])
    expect(() => chooseSubnets([leaving], 'demo', 'dualstack')).toThrow(
      "0 have insufficient available IP addresses, and 1 don't have an associated IPv6 CIDR block, which is required for dualstack load balancers",
    )
  })
})
