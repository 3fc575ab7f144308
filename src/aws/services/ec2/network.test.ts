import type {
  DescribeSecurityGroupsResult,
  DescribeSubnetsResult,
  DescribeVpcsResult,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'

import { createMemoryStore } from '../../../store/memory-store.ts'
import { stoppingStore } from '../../../store/testing/stopping-store.ts'
import { createTestRegion, type TestRegion } from '../../testing/test-region.ts'

const WORKSHOP = [
  { id: 'subnet-04a7c6e7e1589c953', zone: 'ap-southeast-1a', public: false },
  { id: 'subnet-031022a6aab9b9e70', zone: 'ap-southeast-1b', public: false },
  { id: 'subnet-0eaf9054aa6daa68e', zone: 'ap-southeast-1c', public: false },
]

function subnets(region: TestRegion, tag: string): Promise<DescribeSubnetsResult> {
  return region.endpoint.caller.call('ec2', 'DescribeSubnets', {
    Filters: [{ Name: `tag:${tag}`, Values: ['', '1'] }],
  })
}

describe('preparing the network of a ClusterConfig', () => {
  test('makes private subnets under the given ids, and public ones beside them', async () => {
    const region = await createTestRegion()
    const { vpcId } = await region.ec2.prepareNetwork({ subnets: WORKSHOP })
    expect(vpcId).toMatch(/^vpc-[0-9a-f]{17}$/)
    const inner = (await subnets(region, 'kubernetes.io/role/internal-elb')).Subnets ?? []
    const outer = (await subnets(region, 'kubernetes.io/role/elb')).Subnets ?? []
    expect(inner.map(({ SubnetId = '' }) => SubnetId).toSorted()).toEqual(
      WORKSHOP.map(({ id }) => id).toSorted(),
    )
    expect(outer.map(({ AvailabilityZone = '' }) => AvailabilityZone).toSorted()).toEqual(
      WORKSHOP.map(({ zone }) => zone),
    )
    expect(inner.every(({ SubnetId = '' }) => region.ec2.isPrivateSubnet(SubnetId))).toBe(true)
    expect(outer.some(({ SubnetId = '' }) => region.ec2.isPrivateSubnet(SubnetId))).toBe(false)
  })

  test('does nothing the second time, even when both run at once', async () => {
    const region = await createTestRegion()
    const [first, second] = await Promise.all([
      region.ec2.prepareNetwork({ subnets: WORKSHOP }),
      region.ec2.prepareNetwork({ subnets: WORKSHOP }),
    ])
    expect(second).toEqual({ vpcId: first.vpcId, created: [] })
  })

  test('takes up where a crash left off', async () => {
    const region = await createTestRegion()
    const [one] = WORKSHOP
    const { vpcId } = await region.ec2.prepareNetwork({ subnets: one ? [one] : [] })
    const { created } = await region.ec2.prepareNetwork({ subnets: WORKSHOP })
    expect(created).toHaveLength(4)
    expect(await subnets(region, 'kubernetes.io/role/elb')).toMatchObject({ Subnets: { length: 3 } })
    const again = await region.ec2.prepareNetwork({ subnets: WORKSHOP, vpcId })
    expect(again.created).toEqual([])
  })

  test('ends the same wherever it was cut off', async () => {
    for (let commits = 0; ; commits++) {
      const store = createMemoryStore()
      const stopping = stoppingStore(store)
      const cut = await createTestRegion({ store: stopping })
      stopping.stopAfter(commits)
      const isDone = await cut.ec2.prepareNetwork({ subnets: WORKSHOP }).then(
        () => true,
        () => false,
      )
      const region = await createTestRegion({ store })
      await region.ec2.prepareNetwork({ subnets: WORKSHOP })
      const count = async (operation: string, member: string): Promise<number> => {
        const answer = await region.endpoint.caller.call<Record<string, unknown[]>>('ec2', operation, {})
        return answer[member]?.length ?? 0
      }
      const counts = [
        await count('DescribeVpcs', 'Vpcs'),
        await count('DescribeSubnets', 'Subnets'),
        await count('DescribeInternetGateways', 'InternetGateways'),
        await count('DescribeNatGateways', 'NatGateways'),
        await count('DescribeAddresses', 'Addresses'),
        await count('DescribeRouteTables', 'RouteTables'),
        await count('DescribeNetworkInterfaces', 'NetworkInterfaces'),
      ]
      expect(counts, `after ${commits} commits`).toEqual([1, 6, 1, 1, 1, 3, 1])
      if (isDone) break
    }
  })

  test('keeps given public subnets public and one NAT gateway for all', async () => {
    const region = await createTestRegion()
    const given = [...WORKSHOP.slice(0, 1), { id: 'subnet-0a', zone: 'ap-southeast-1a', public: true }]
    await region.ec2.prepareNetwork({ subnets: given })
    expect(region.ec2.isPrivateSubnet('subnet-0a')).toBe(false)
    expect(await subnets(region, 'kubernetes.io/role/elb')).toMatchObject({ Subnets: { length: 1 } })
    expect(await region.endpoint.caller.call('ec2', 'DescribeNatGateways', {})).toMatchObject({
      NatGateways: [{ State: 'available', SubnetId: 'subnet-0a' }],
    })
  })

  test.each([
    [
      'another zone',
      { subnets: [{ id: WORKSHOP[0]!.id, zone: 'ap-southeast-1b', public: false }] },
      /is in ap-southeast-1a/,
    ],
    [
      'no zone of the region',
      { subnets: [{ id: 'subnet-0f', zone: 'us-east-1a', public: false }] },
      /Invalid availability zone/,
    ],
    ['another VPC', { subnets: WORKSHOP, vpcId: 'vpc-0123456789abcdef0' }, /not in vpc-0123456789abcdef0/],
  ])('refuses subnets in %s', async (_, request, message) => {
    const region = await createTestRegion()
    await region.ec2.prepareNetwork({ subnets: WORKSHOP })
    await expect(region.ec2.prepareNetwork(request)).rejects.toThrow(message)
  })

  test('makes subnets without an id by block and zone, and finds them again', async () => {
    const region = await createTestRegion()
    const request = {
      vpcId: 'vpc-0aaaaaaaaaaaaaaa1',
      subnets: [
        { zone: 'ap-southeast-1a', cidr: '192.168.160.0/19', public: false },
        { zone: 'ap-southeast-1b', public: false },
        { id: 'subnet-0c', public: false },
        { id: 'subnet-0d', cidr: '192.168.0.0/19', public: true },
      ],
      securityGroups: ['sg-0a'],
    }
    const { vpcId, created } = await region.ec2.prepareNetwork(request)
    expect(vpcId).toBe('vpc-0aaaaaaaaaaaaaaa1')
    const { Vpcs, Subnets } = {
      ...(await region.endpoint.caller.call<DescribeVpcsResult>('ec2', 'DescribeVpcs', {})),
      ...(await region.endpoint.caller.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', {})),
    }
    expect(Vpcs?.map(({ CidrBlock }) => CidrBlock)).toEqual(['192.168.0.0/16'])
    const shown = Subnets?.map((each) => [each.CidrBlock, each.AvailabilityZone])
    expect(shown).toContainEqual(['192.168.160.0/19', 'ap-southeast-1a'])
    // Each of the others has a free block, and the one of no zone the emptiest zone.
    const zoneOf = (id: string) => Subnets?.find(({ SubnetId }) => SubnetId === id)?.AvailabilityZone
    expect(zoneOf('subnet-0c')).toBe('ap-southeast-1c')
    expect(new Set(shown?.map(([cidr]) => cidr)).size).toBe(
      created.filter((id) => id.startsWith('subnet')).length,
    )
    const { SecurityGroups } = await region.endpoint.caller.call<DescribeSecurityGroupsResult>(
      'ec2',
      'DescribeSecurityGroups',
      { GroupIds: ['sg-0a'] },
    )
    expect(SecurityGroups).toMatchObject([{ VpcId: vpcId }])
    expect(await region.ec2.prepareNetwork(request)).toEqual({ vpcId, created: [] })
  })

  test('refuses a block that a subnet does not have', async () => {
    const region = await createTestRegion()
    await region.ec2.prepareNetwork({ subnets: WORKSHOP })
    const [{ id }] = WORKSHOP as [(typeof WORKSHOP)[number]]
    const request = { subnets: [{ id, cidr: '10.0.240.0/20', public: false }] }
    await expect(region.ec2.prepareNetwork(request)).rejects.toThrow(/has the block 10\.0\./)
  })
})
