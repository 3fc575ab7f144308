// Owns the resource types of network ACLs: AWS::EC2::NetworkAcl, its entries, and which subnets have it.
import type { DescribeNetworkAclsResult, NetworkAcl, NetworkAclEntry } from '@aws-sdk/client-ec2'

import type { TemplateObject } from '../../template/template.ts'
import { seen, unlessGone } from '../actual.ts'
import { tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { type Members, membersOf, sameNames, textAt } from '../members.ts'
import { valueAt } from '../property-path.ts'
import { type ResourceContext, type ResourceType, READY } from '../resource-type.ts'
import { creation, described, drop, type Noun, tagsStep } from './ec2.ts'

const aclNoun: Noun = {
  resourceType: 'network-acl',
  create: 'CreateNetworkAcl',
  describe: 'DescribeNetworkAcls',
  remove: 'DeleteNetworkAcl',
  list: 'NetworkAcls',
  id: 'NetworkAclId',
  notFound: 'InvalidNetworkAclID.NotFound',
}
const GONE = [aclNoun.notFound, 'InvalidNetworkAclEntry.NotFound']

export const networkAcl: ResourceType = {
  name: 'AWS::EC2::NetworkAcl',
  create: creation(aclNoun, sameNames('VpcId'), 'NetworkAcl'),
  update: [tagsStep()],
  attributes: ['Id'],
  read: (Id) => Promise.resolve({ state: 'ready', attributes: { Id } }),
  actual: described(aclNoun, 'VpcId'),
  remove: (id, context) => drop(aclNoun, id, context),
}

async function aclsWith(
  filter: string,
  value: string,
  context: ResourceContext,
): Promise<readonly NetworkAcl[]> {
  const { NetworkAcls = [] } = await context.call<DescribeNetworkAclsResult>('ec2', 'DescribeNetworkAcls', {
    Filters: [{ Name: filter, Values: [value] }],
  })
  return NetworkAcls
}

const RULE: Members = {
  ...sameNames('RuleAction', 'CidrBlock', 'Ipv6CidrBlock', 'PortRange.From', 'PortRange.To'),
  Protocol: { to: 'Protocol', as: String },
  'Icmp.Code': 'IcmpTypeCode.Code',
  'Icmp.Type': 'IcmpTypeCode.Type',
}

function placeOf(properties: TemplateObject): object {
  const Egress = valueAt(properties, 'Egress') ?? false
  return { ...membersOf(sameNames('NetworkAclId', 'RuleNumber'), properties), Egress }
}

async function entryAt(
  properties: TemplateObject,
  context: ResourceContext,
): Promise<NetworkAclEntry | undefined> {
  const [acl] = await aclsWith('network-acl-id', textAt(properties, 'NetworkAclId') ?? '', context)
  const isEgress = valueAt(properties, 'Egress') === true
  return acl?.Entries?.find(
    ({ RuleNumber, Egress }) => RuleNumber === valueAt(properties, 'RuleNumber') && Egress === isEgress,
  )
}

export const networkAclEntry: ResourceType = {
  name: 'AWS::EC2::NetworkAclEntry',
  create: {
    operations: ['ec2:CreateNetworkAclEntry'],
    on: ['NetworkAclId', 'RuleNumber', 'Egress', ...Object.keys(RULE)],
    run: async (properties, context) => {
      const entry = { ...placeOf(properties), ...membersOf(RULE, properties) }
      await context.call('ec2', 'CreateNetworkAclEntry', entry)
      return generatedName(context)
    },
    // An entry was refused that was there before the first attempt.
    find: async (properties, context) => (await entryAt(properties, context)) && generatedName(context),
  },
  update: [
    {
      operations: ['ec2:ReplaceNetworkAclEntry'],
      on: Object.keys(RULE),
      reads: ['NetworkAclId', 'RuleNumber', 'Egress'],
      run: async ({ after }, context) => {
        const entry = { ...placeOf(after), ...membersOf(RULE, after) }
        await context.call('ec2', 'ReplaceNetworkAclEntry', entry)
      },
    },
  ],
  attributes: [],
  read: () => Promise.resolve(READY),
  actual: async (_id, context, expected) => {
    const found = await entryAt(expected, context)
    return (
      found &&
      seen(expected, {
        RuleAction: found.RuleAction,
        CidrBlock: found.CidrBlock ?? null,
        Protocol: Number(found.Protocol),
      })
    )
  },
  remove: async (_id, context, properties) => {
    await tolerating(GONE, () => context.call('ec2', 'DeleteNetworkAclEntry', placeOf(properties)))
    return true
  },
}

interface Association {
  readonly id: string
  readonly acl: NetworkAcl
}

async function associationOf(SubnetId: string, context: ResourceContext): Promise<Association | undefined> {
  const [acl] = (await unlessGone(GONE, () => aclsWith('association.subnet-id', SubnetId, context))) ?? []
  const id = acl?.Associations?.find((each) => each.SubnetId === SubnetId)?.NetworkAclAssociationId
  return acl && id !== undefined ? { id, acl } : undefined
}

async function associate(
  place: { readonly SubnetId: string; readonly NetworkAclId: string },
  context: ResourceContext,
): Promise<string> {
  const before = await associationOf(place.SubnetId, context)
  const { NewAssociationId = '' } = await context.call<{ NewAssociationId?: string }>(
    'ec2',
    'ReplaceNetworkAclAssociation',
    { AssociationId: before?.id ?? '', NetworkAclId: place.NetworkAclId },
  )
  return NewAssociationId
}

function associationAt(properties: TemplateObject): { SubnetId: string; NetworkAclId: string } {
  return {
    SubnetId: textAt(properties, 'SubnetId') ?? '',
    NetworkAclId: textAt(properties, 'NetworkAclId') ?? '',
  }
}

export const subnetNetworkAclAssociation: ResourceType = {
  name: 'AWS::EC2::SubnetNetworkAclAssociation',
  create: {
    operations: ['ec2:ReplaceNetworkAclAssociation'],
    on: ['SubnetId', 'NetworkAclId'],
    run: (properties, context) => associate(associationAt(properties), context),
    find: async (properties, context) => {
      const { SubnetId, NetworkAclId } = associationAt(properties)
      const found = await associationOf(SubnetId, context)
      return found?.acl.NetworkAclId === NetworkAclId ? found.id : undefined
    },
  },
  update: [],
  attributes: ['AssociationId'],
  read: (AssociationId) => Promise.resolve({ state: 'ready', attributes: { AssociationId } }),
  // A subnet always has an ACL: what is removed leaves it to the VPC's default one.
  remove: async (_id, context, properties) => {
    const { SubnetId, NetworkAclId } = associationAt(properties)
    const found = await associationOf(SubnetId, context)
    if (found?.acl.NetworkAclId !== NetworkAclId) return true
    const acls = await aclsWith('vpc-id', found.acl.VpcId ?? '', context)
    const byDefault = acls.find(({ IsDefault }) => IsDefault)?.NetworkAclId ?? ''
    await associate({ SubnetId, NetworkAclId: byDefault }, context)
    return true
  },
}
