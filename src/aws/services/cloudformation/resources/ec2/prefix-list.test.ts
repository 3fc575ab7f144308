import type { DescribeSecurityGroupRulesResult, GetManagedPrefixListEntriesResult } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createStackRegion } from '../../testing/stack-region.ts'

const template = (cidrs: readonly string[], MaxEntries: number) => ({
  Resources: {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.8.0.0/16' } },
    Office: {
      Type: 'AWS::EC2::PrefixList',
      Properties: {
        PrefixListName: 'office',
        AddressFamily: 'IPv4',
        MaxEntries,
        Entries: cidrs.map((Cidr) => ({ Cidr, Description: 'a floor' })),
        Tags: [{ Key: 'team', Value: 'a' }],
      },
    },
    Inside: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        GroupDescription: 'g',
        VpcId: { Ref: 'Vpc' },
        SecurityGroupEgress: [{ IpProtocol: '-1', DestinationPrefixListId: { Ref: 'Office' } }],
      },
    },
    Rule: {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: {
        GroupId: { 'Fn::GetAtt': ['Inside', 'GroupId'] },
        IpProtocol: 'tcp',
        FromPort: 443,
        ToPort: 443,
        SourcePrefixListId: { 'Fn::GetAtt': ['Office', 'PrefixListId'] },
      },
    },
  },
  Outputs: { Version: { Value: { 'Fn::GetAtt': ['Office', 'Version'] } } },
})

test('a prefix list is made with the rules that name it, changed in place, and goes', async () => {
  const region = await createStackRegion()
  const id = await region.create('s', template(['203.0.113.0/24'], 2))
  expect((await region.settle(id)).status).toBe('CREATE_COMPLETE')
  const { SecurityGroupRules = [] } = await region.call<DescribeSecurityGroupRulesResult>(
    'ec2',
    'DescribeSecurityGroupRules',
    {},
  )
  const named = SecurityGroupRules.filter(({ PrefixListId }) => PrefixListId !== undefined)
  const ways = named.map(({ IsEgress, IpProtocol }) => `${IsEgress ? 'out' : 'in'} ${IpProtocol}`)
  expect(new Set(ways)).toEqual(new Set(['in tcp', 'out -1']))
  const entries = async (): Promise<(string | undefined)[]> => {
    const { PrefixListId } = named[0] ?? {}
    const input = { PrefixListId }
    const answer = await region.call<GetManagedPrefixListEntriesResult>(
      'ec2',
      'GetManagedPrefixListEntries',
      input,
    )
    return (answer.Entries ?? []).map(({ Cidr }) => Cidr)
  }
  expect(await entries()).toEqual(['203.0.113.0/24'])
  // More entries than it takes so far: the size grows first.
  await region.update('s', template(['198.51.100.0/24', '192.0.2.0/24', '203.0.113.0/24'], 3))
  const updated = await region.settle(id)
  expect(updated.status).toBe('UPDATE_COMPLETE')
  expect(await entries()).toEqual(['203.0.113.0/24', '198.51.100.0/24', '192.0.2.0/24'])
  await region.call('cloudformation', 'DeleteStack', { StackName: id })
  expect((await region.settle(id)).status).toBe('DELETE_COMPLETE')
})
