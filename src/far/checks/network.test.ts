import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../../config/cluster-config.ts'
import { fakeCloud } from '../../deploy/testing/fake-cloud.ts'
import { checkNetwork } from './network.ts'

type Given = Readonly<Record<string, unknown>>

const subnet = (id: string, more: Given = {}): Given => ({
  SubnetId: id,
  VpcId: 'vpc-1',
  AvailabilityZone: id === 'subnet-a' ? 'us-east-1a' : 'us-east-1b',
  AvailabilityZoneId: id === 'subnet-a' ? 'use1-az1' : 'use1-az2',
  AvailableIpAddressCount: 100,
  Tags: [{ Key: 'kubernetes.io/role/internal-elb', Value: '1' }],
  ...more,
})
const table = (route: Given | undefined, association: Given = { Main: true }): Given => ({
  VpcId: 'vpc-1',
  Associations: [association],
  Routes: [
    { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' },
    ...(route ? [{ DestinationCidrBlock: '0.0.0.0/0', ...route }] : []),
  ],
})
const NAT = { NatGatewayId: 'nat-1' }

interface Scene {
  readonly subnets?: readonly Given[]
  readonly tables?: readonly Given[]
  readonly config?: Partial<ClusterConfig>
  readonly isPublic?: boolean
  readonly region?: string
}

async function found(scene: Scene = {}): Promise<readonly string[]> {
  const { subnets = [subnet('subnet-a'), subnet('subnet-b')], tables = [table(NAT)], config = {} } = scene
  const { cloud } = await fakeCloud({})
  const send = async (command: object): Promise<Given> =>
    command.constructor.name.startsWith('DescribeSubnets') ? { Subnets: subnets } : { RouteTables: tables }
  Object.assign(cloud, { region: scene.region ?? 'us-east-1', ec2: async () => ({ send }) })
  const named = Object.fromEntries(
    subnets.map(({ SubnetId }) => [String(SubnetId), { id: String(SubnetId) }]),
  )
  const findings = await checkNetwork(cloud, {
    config: {
      apiVersion: 'eksctl.io/v1alpha5',
      kind: 'ClusterConfig',
      metadata: { name: 'c', region: 'us-east-1' },
      vpc: { subnets: scene.isPublic ? { public: named } : { private: named } },
      ...config,
    },
    wantsLoadBalancers: true,
  })
  return findings.map(({ severity, message }) => `${severity} ${message}`)
}

describe('checkNetwork', () => {
  it('has nothing to say of a good one', async () => {
    expect(await found()).toEqual([])
  })

  it.each<[string, Scene, string]>([
    [
      'one zone',
      { subnets: [subnet('subnet-a')] },
      'error the subnets of the file are all in us-east-1a: EKS wants two zones at least',
    ],
    [
      'a zone without EKS',
      { subnets: [subnet('subnet-a', { AvailabilityZoneId: 'use1-az3' }), subnet('subnet-b')] },
      'error EKS serves no cluster in us-east-1a (use1-az3), where subnet-a is',
    ],
    [
      'a zone without Fargate',
      {
        region: 'us-west-1',
        config: { fargateProfiles: [{ name: 'fp' }] },
        subnets: [
          subnet('subnet-a', { AvailabilityZoneId: 'usw1-az4' }),
          subnet('subnet-b', { AvailabilityZoneId: 'usw1-az1' }),
        ],
      },
      'error Fargate is not in us-east-1a (usw1-az4), where subnet-a is',
    ],
    [
      'too few addresses',
      { subnets: [subnet('subnet-a', { AvailableIpAddressCount: 5 }), subnet('subnet-b')] },
      'error subnet-a has 5 free addresses: EKS wants 6 at least',
    ],
    [
      'a table of its own without a route out',
      { tables: [table(NAT), table(undefined, { SubnetId: 'subnet-b' })] },
      'error subnet-b is private and has no route out: nodes and Fargate pods there reach neither EKS nor images',
    ],
    [
      'a route to a gateway that is gone',
      { tables: [table(NAT), table({ ...NAT, State: 'blackhole' }, { SubnetId: 'subnet-b' })] },
      'error subnet-b is private and has no route out: nodes and Fargate pods there reach neither EKS nor images',
    ],
    [
      'subnets that nothing tells load balancers of',
      { subnets: [subnet('subnet-a', { Tags: [] }), subnet('subnet-b')] },
      'warning without the tags that load balancers are placed by: subnet-a',
    ],
  ])('tells of %s', async (_, scene, expected) => {
    expect(await found(scene)).toEqual([expected])
  })

  it('tells of public subnets without an internet gateway', async () => {
    const tags = { Tags: [{ Key: 'kubernetes.io/role/elb', Value: '1' }] }
    const subnets = [subnet('subnet-a', tags), subnet('subnet-b', tags)]
    const tables = [table(NAT), table({ GatewayId: 'igw-1' }, { SubnetId: 'subnet-a' })]
    expect(await found({ subnets, tables, isPublic: true })).toEqual([
      'error subnet-b stands under public and has no route to an internet gateway',
    ])
  })

  it('wants no way out of a private cluster', async () => {
    expect(
      await found({ tables: [table(undefined)], config: { privateCluster: { enabled: true } } }),
    ).toEqual([])
  })
})
