// Owns the resource type AWS::EC2::VPC.
import { seen } from '../actual.ts'
import { valueAt } from '../property-path.ts'
import type { ResourceType, Step } from '../resource-type.ts'
import {
  blocks6,
  creation,
  described,
  drop,
  type Item,
  look,
  memberOf,
  type Noun,
  tagsStep,
  textOf,
} from './ec2.ts'

const vpcNoun: Noun = {
  resourceType: 'vpc',
  create: 'CreateVpc',
  describe: 'DescribeVpcs',
  remove: 'DeleteVpc',
  list: 'Vpcs',
  id: 'VpcId',
  notFound: 'InvalidVpcID.NotFound',
}

function attributeStep(name: string, initial: boolean): Step {
  return {
    operations: ['ec2:ModifyVpcAttribute'],
    on: [name],
    run: async ({ physicalId: VpcId, after }, context) => {
      const Value = valueAt(after, name) ?? initial
      await context.call('ec2', 'ModifyVpcAttribute', { VpcId, [name]: { Value } })
    },
  }
}

export const vpc: ResourceType = {
  name: 'AWS::EC2::VPC',
  create: creation(vpcNoun, { CidrBlock: 'CidrBlock' }, 'Vpc'),
  update: [attributeStep('EnableDnsSupport', true), attributeStep('EnableDnsHostnames', false), tagsStep()],
  defaults: { InstanceTenancy: 'default' },
  attributes: ['CidrBlock', 'DefaultSecurityGroup', 'Ipv6CidrBlocks', 'VpcId'],
  listAttributes: ['Ipv6CidrBlocks'],
  liveAttributes: ['Ipv6CidrBlocks'],
  read: async (VpcId, context) => {
    const found = await look(vpcNoun, VpcId, context)
    const { SecurityGroups = [] } = await context.call<{ SecurityGroups?: { GroupId?: string }[] }>(
      'ec2',
      'DescribeSecurityGroups',
      {
        Filters: [
          { Name: 'vpc-id', Values: [VpcId] },
          { Name: 'group-name', Values: ['default'] },
        ],
      },
    )
    const attributes = {
      VpcId,
      CidrBlock: textOf(found, 'CidrBlock'),
      DefaultSecurityGroup: SecurityGroups[0]?.GroupId ?? '',
      Ipv6CidrBlocks: blocks6(found),
    }
    return { state: 'ready', attributes }
  },
  actual: async (VpcId, context, expected) => {
    const found = await described(vpcNoun, 'CidrBlock', 'InstanceTenancy')(VpcId, context, expected)
    const attribute = async (Attribute: string, member: string): Promise<unknown> => {
      const answer = await context.call<Item>('ec2', 'DescribeVpcAttribute', { VpcId, Attribute })
      return memberOf(answer, member)['Value']
    }
    return (
      found &&
      seen(found, {
        EnableDnsSupport: await attribute('enableDnsSupport', 'EnableDnsSupport'),
        EnableDnsHostnames: await attribute('enableDnsHostnames', 'EnableDnsHostnames'),
      })
    )
  },
  remove: (id, context) => drop(vpcNoun, id, context),
}
