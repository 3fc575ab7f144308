import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../config/cluster-config.ts'
import { importSubnets } from './import-subnets.ts'
import { testDeployment } from './testing/fake-cloud.ts'

type Vpc = NonNullable<ClusterConfig['vpc']>

const subnets = [
  ['subnet-a', 'eu-west-1a', '10.0.0.0/20', 'vpc-1'],
  ['subnet-b', 'eu-west-1b', '10.0.16.0/20', 'vpc-1'],
  ['subnet-c', 'eu-west-1b', '10.0.32.0/20', 'vpc-1'],
  ['subnet-x', 'eu-west-1c', '10.0.48.0/20', 'vpc-2'],
].map(([SubnetId = '', AvailabilityZone, CidrBlock, VpcId]) => ({
  SubnetId,
  AvailabilityZone,
  CidrBlock,
  VpcId,
}))

interface Question {
  readonly input: { readonly SubnetIds?: string[]; readonly VpcIds?: string[] }
}

async function imported(vpc: Vpc): Promise<Vpc | undefined> {
  const { context } = await testDeployment({}, { config: { vpc } })
  const send = async ({ input }: Question): Promise<object> => {
    if (input.VpcIds) return { Vpcs: [{ CidrBlock: '10.0.0.0/16', CidrBlockAssociationSet: [] }] }
    const wanted = ({ SubnetId, VpcId }: (typeof subnets)[number]): boolean =>
      input.SubnetIds ? input.SubnetIds.includes(SubnetId) : VpcId === 'vpc-1'
    return { Subnets: subnets.filter(wanted) }
  }
  Object.assign(context.cloud, { ec2: async () => ({ send }) })
  return (await importSubnets(context)).vpc
}

const B = { id: 'subnet-b', az: 'eu-west-1b', cidr: '10.0.16.0/20' }

describe('importSubnets', () => {
  it('looks up what the file leaves out: by id, by block, by zone', async () => {
    const vpc = await imported({
      id: 'vpc-1',
      cidr: '10.0.0.0/16',
      subnets: {
        private: { one: { id: 'subnet-b' }, two: { cidr: '10.0.32.0/20' } },
        public: { 'eu-west-1a': {} },
      },
    })
    expect(vpc).toEqual({
      id: 'vpc-1',
      cidr: '10.0.0.0/16',
      subnets: {
        private: { one: B, two: { id: 'subnet-c', az: 'eu-west-1b', cidr: '10.0.32.0/20' } },
        public: { 'eu-west-1a': { id: 'subnet-a', az: 'eu-west-1a', cidr: '10.0.0.0/20' } },
      },
    })
  })

  it('leaves a config without subnets as it is', async () => {
    expect(await imported({ cidr: '10.1.0.0/16' })).toEqual({ cidr: '10.1.0.0/16' })
  })

  it.each<[string, Vpc, string | RegExp]>([
    [
      'another block',
      { subnets: { private: { b: { ...B, cidr: '10.9.0.0/20' } } } },
      'the subnet subnet-b has the CIDR 10.0.16.0/20, not 10.9.0.0/20 as the file says',
    ],
    [
      'another zone',
      { subnets: { private: { 'eu-west-1c': { id: 'subnet-b' } } } },
      'the subnet subnet-b is in eu-west-1b, not in eu-west-1c as the file says',
    ],
    [
      'no such id',
      { subnets: { private: { a: { id: 'subnet-z' } } } },
      'the subnet subnet-z of vpc.subnets is not there',
    ],
    [
      'no such block',
      { id: 'vpc-1', subnets: { private: { a: { cidr: '10.8.0.0/20' } } } },
      'vpc-1 has no subnet 10.8.0.0/20 for "a" of vpc.subnets',
    ],
    [
      'a zone that has two',
      { id: 'vpc-1', subnets: { private: { 'eu-west-1b': {} } } },
      'several subnets of vpc-1 are "eu-west-1b" of vpc.subnets, eu-west-1b: subnet-b, subnet-c',
    ],
    [
      'two VPCs',
      { subnets: { private: { a: { id: 'subnet-a' }, x: { id: 'subnet-x' } } } },
      'the subnets of the file lie in 2 VPCs (vpc-1, vpc-2)',
    ],
    [
      'another VPC',
      { id: 'vpc-2', subnets: { private: { a: { id: 'subnet-a' } } } },
      'the subnets of the file lie in vpc-1, not in vpc-2 as vpc.id says',
    ],
    [
      'another block of the VPC',
      { cidr: '10.1.0.0/16', subnets: { private: { a: { id: 'subnet-a' } } } },
      'VPC CIDR block "10.1.0.0/16" not found in vpc-1 (10.0.0.0/16)',
    ],
  ])('refuses %s', async (_, vpc, message) => {
    await expect(imported(vpc)).rejects.toThrow(message)
  })
})
