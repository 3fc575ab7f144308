// Owns the resource types AWS::EC2::VPCCidrBlock and AWS::EC2::SubnetCidrBlock: further ranges of a VPC, IPv6 of a subnet.
import type {
  AssociateSubnetCidrBlockResult,
  AssociateVpcCidrBlockResult,
  DescribeSubnetsResult,
  DescribeVpcsResult,
} from '@aws-sdk/client-ec2'

import type { TemplateObject } from '../../template/template.ts'
import { tolerating } from '../find-made.ts'
import { membersOf, sameNames, textAt } from '../members.ts'
import type { ResourceContext, ResourceType } from '../resource-type.ts'

const VPC_BLOCK = sameNames('VpcId', 'CidrBlock', 'AmazonProvidedIpv6CidrBlock')
const SUBNET_BLOCK = sameNames('SubnetId', 'Ipv6CidrBlock')

// What the resource needs is older than it, and a VPC has one block of Amazon's: a block of this kind is its own.
async function findOfVpc(properties: TemplateObject, context: ResourceContext): Promise<string | undefined> {
  const { Vpcs = [] } = await context.call<DescribeVpcsResult>('ec2', 'DescribeVpcs', {
    VpcIds: [textAt(properties, 'VpcId')],
  })
  const block = textAt(properties, 'CidrBlock')
  const { CidrBlockAssociationSet = [], Ipv6CidrBlockAssociationSet = [] } = Vpcs[0] ?? {}
  const found =
    block === undefined
      ? Ipv6CidrBlockAssociationSet[0]
      : CidrBlockAssociationSet.find(({ CidrBlock }) => CidrBlock === block)
  return found?.AssociationId
}

export const vpcCidrBlock: ResourceType = {
  name: 'AWS::EC2::VPCCidrBlock',
  create: {
    operations: ['ec2:AssociateVpcCidrBlock'],
    on: Object.keys(VPC_BLOCK),
    run: async (properties, context) => {
      const { CidrBlockAssociation: v4, Ipv6CidrBlockAssociation: v6 } =
        await context.call<AssociateVpcCidrBlockResult>(
          'ec2',
          'AssociateVpcCidrBlock',
          membersOf(VPC_BLOCK, properties),
        )
      return (v4 ?? v6)?.AssociationId ?? ''
    },
    find: findOfVpc,
  },
  update: [],
  attributes: ['Id'],
  read: (Id) => Promise.resolve({ state: 'ready', attributes: { Id } }),
  remove: async (AssociationId, context) => {
    await tolerating(['InvalidVpcCidrBlockAssociationID.NotFound'], () =>
      context.call('ec2', 'DisassociateVpcCidrBlock', { AssociationId }),
    )
    return true
  },
}

export const subnetCidrBlock: ResourceType = {
  name: 'AWS::EC2::SubnetCidrBlock',
  create: {
    operations: ['ec2:AssociateSubnetCidrBlock'],
    on: Object.keys(SUBNET_BLOCK),
    run: async (properties, context) => {
      const { Ipv6CidrBlockAssociation } = await context.call<AssociateSubnetCidrBlockResult>(
        'ec2',
        'AssociateSubnetCidrBlock',
        membersOf(SUBNET_BLOCK, properties),
      )
      return Ipv6CidrBlockAssociation?.AssociationId ?? ''
    },
    // "You can only associate a single IPv6 CIDR block with your subnet."
    find: async (properties, context) => {
      const { Subnets = [] } = await context.call<DescribeSubnetsResult>('ec2', 'DescribeSubnets', {
        SubnetIds: [textAt(properties, 'SubnetId')],
      })
      return Subnets[0]?.Ipv6CidrBlockAssociationSet?.[0]?.AssociationId
    },
  },
  update: [],
  attributes: ['Id'],
  read: (Id) => Promise.resolve({ state: 'ready', attributes: { Id } }),
  remove: async (AssociationId, context) => {
    await tolerating(['InvalidSubnetCidrBlockAssociationID.NotFound'], () =>
      context.call('ec2', 'DisassociateSubnetCidrBlock', { AssociationId }),
    )
    return true
  },
}
