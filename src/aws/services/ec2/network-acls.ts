// Owns network ACLs: each VPC has a default one, each subnet is with one. They are kept; nothing filters packets by them.
import type {
  CreateNetworkAclRequest,
  CreateNetworkAclResult,
  DeleteNetworkAclRequest,
  DescribeNetworkAclsRequest,
  DescribeNetworkAclsResult,
  NetworkAcl,
  ReplaceNetworkAclAssociationRequest,
  ReplaceNetworkAclAssociationResult,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { dependencyViolation, invalidParameterValue } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { LISTED, TAGGED } from './members.ts'
import { need, type AclEntry, type Ec2State, type NetworkAclRecord, type SubnetRecord } from './state.ts'

const EVERYWHERE = '0.0.0.0/0'
const ALL = '-1'
/** The rule that ends each list, shown as `*`. */
const LAST_RULE = 32_767

function deny(egress: boolean): AclEntry {
  return { ruleNumber: LAST_RULE, protocol: ALL, action: 'deny', egress, cidr: EVERYWHERE }
}

function allow(egress: boolean): AclEntry {
  return { ruleNumber: 100, protocol: ALL, action: 'allow', egress, cidr: EVERYWHERE }
}

/** Makes the ACL that a VPC begins with: it lets everything pass. */
export function insertDefaultAcl(tx: Writer, ec2: Ec2State, vpcId: string): void {
  const entries = [true, false].flatMap((egress) => [allow(egress), deny(egress)])
  const acl = { id: ec2.newId('network-acl'), vpcId, isDefault: true, entries, tags: {} }
  ec2.networkAcls.putIn(tx, acl.id, acl)
}

/** The association that a new subnet of a VPC begins with. */
export function defaultAclAssociation(ec2: Ec2State, vpcId: string): SubnetRecord['acl'] {
  const acl = ec2.networkAcls.list().find((each) => each.vpcId === vpcId && each.isDefault)
  return acl && { aclId: acl.id, associationId: `aclassoc-0${ec2.deps.ids.hex(16)}` }
}

/** Removes the default ACL of a VPC that goes. */
export function removeDefaultAcl(tx: Writer, ec2: Ec2State, vpcId: string): void {
  for (const acl of ec2.networkAcls.list()) {
    if (acl.vpcId === vpcId && acl.isDefault) ec2.networkAcls.deleteIn(tx, acl.id)
  }
}

/** Whether a VPC has ACLs that somebody made. */
export function hasOwnAcls(ec2: Ec2State, vpcId: string): boolean {
  return ec2.networkAcls.list().some((acl) => acl.vpcId === vpcId && !acl.isDefault)
}

function subnetsOf(ec2: Ec2State, acl: NetworkAclRecord): SubnetRecord[] {
  return ec2.subnets.list().filter((subnet) => subnet.acl?.aclId === acl.id)
}

function filtersOf(ec2: Ec2State): FilterTable<NetworkAclRecord> {
  return {
    'association.association-id': (acl) => subnetsOf(ec2, acl).map((subnet) => subnet.acl?.associationId),
    'association.network-acl-id': (acl) => (subnetsOf(ec2, acl).length > 0 ? acl.id : undefined),
    'association.subnet-id': (acl) => subnetsOf(ec2, acl).map(({ id }) => id),
    default: ({ isDefault }) => isDefault,
    'entry.cidr': ({ entries }) => entries.map(({ cidr }) => cidr),
    'entry.egress': ({ entries }) => entries.map(({ egress }) => String(egress)),
    'entry.protocol': ({ entries }) => entries.map(({ protocol }) => protocol),
    'entry.rule-action': ({ entries }) => entries.map(({ action }) => action),
    'entry.rule-number': ({ entries }) => entries.map(({ ruleNumber }) => String(ruleNumber)),
    'network-acl-id': ({ id }) => id,
    'owner-id': () => ec2.deps.accountId,
    'vpc-id': ({ vpcId }) => vpcId,
  }
}

function describe(ec2: Ec2State, acl: NetworkAclRecord): NetworkAcl {
  return {
    NetworkAclId: acl.id,
    VpcId: acl.vpcId,
    OwnerId: ec2.deps.accountId,
    IsDefault: acl.isDefault,
    Associations: subnetsOf(ec2, acl).map((subnet) => ({
      NetworkAclAssociationId: subnet.acl?.associationId,
      NetworkAclId: acl.id,
      SubnetId: subnet.id,
    })),
    Entries: acl.entries.map((entry) => ({
      RuleNumber: entry.ruleNumber,
      Protocol: entry.protocol,
      RuleAction: entry.action,
      Egress: entry.egress,
      CidrBlock: entry.cidr,
      Ipv6CidrBlock: entry.cidr6,
      IcmpTypeCode: entry.icmp && { Type: entry.icmp.type, Code: entry.icmp.code },
      PortRange: entry.ports && { From: entry.ports.from, To: entry.ports.to },
    })),
    Tags: tagList(acl.tags),
  }
}

/** CreateNetworkAcl: it lets nothing pass. @throws AwsError InvalidVpcID.NotFound, IdempotentParameterMismatch */
export const createNetworkAcl = operation<Ec2State, CreateNetworkAclRequest, CreateNetworkAclResult>()({
  honours: ['VpcId', 'ClientToken', ...TAGGED],
  handle: async (input, ec2) => {
    const token = clientTokenOf(input)
    return await ec2.deps.store.transact((tx) => {
      const { id: vpcId } = need(ec2.vpcs, 'vpc', input.VpcId)
      const earlier = token && ec2.networkAcls.find('token', token.value)
      if (earlier && isRepeated(token, earlier.token)) {
        return { NetworkAcl: describe(ec2, earlier), ClientToken: input.ClientToken }
      }
      const acl: NetworkAclRecord = {
        id: ec2.newId('network-acl'),
        vpcId,
        isDefault: false,
        entries: [deny(true), deny(false)],
        ...(token ? { token } : {}),
        tags: tagsOfNew(input.TagSpecifications, 'network-acl'),
      }
      ec2.networkAcls.putIn(tx, acl.id, acl)
      return { NetworkAcl: describe(ec2, acl), ClientToken: input.ClientToken }
    })
  },
})

/** DescribeNetworkAcls. @throws AwsError InvalidNetworkAclID.NotFound */
export const describeNetworkAcls = operation<
  Ec2State,
  DescribeNetworkAclsRequest,
  DescribeNetworkAclsResult
>()({
  honours: ['NetworkAclIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('network-acl', ec2.networkAcls.listByAge(), input.NetworkAclIds)
    const found = select({ records, filters: input.Filters, table: filtersOf(ec2) })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { NetworkAcls: items.map((acl) => describe(ec2, acl)), NextToken: token }
  },
})

/** DeleteNetworkAcl. @throws AwsError InvalidNetworkAclID.NotFound, InvalidParameterValue, DependencyViolation */
export const deleteNetworkAcl = operation<Ec2State, DeleteNetworkAclRequest, void>()({
  honours: ['NetworkAclId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const acl = need(ec2.networkAcls, 'network-acl', input.NetworkAclId)
      if (acl.isDefault) throw invalidParameterValue(`cannot delete default network ACL ${acl.id}`)
      if (subnetsOf(ec2, acl).length > 0) throw dependencyViolation('networkAcl', acl.id)
      ec2.networkAcls.deleteIn(tx, acl.id)
    })
  },
})

/**
 * ReplaceNetworkAclAssociation: a subnet goes from one ACL to another of its VPC.
 * @throws AwsError InvalidAssociationID.NotFound, InvalidNetworkAclID.NotFound, InvalidParameterValue
 */
export const replaceNetworkAclAssociation = operation<
  Ec2State,
  ReplaceNetworkAclAssociationRequest,
  ReplaceNetworkAclAssociationResult
>()({
  honours: ['AssociationId', 'NetworkAclId'],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const subnet = ec2.subnets.list().find(({ acl }) => acl?.associationId === input.AssociationId)
      if (!subnet) {
        throw new AwsError(
          'InvalidAssociationID.NotFound',
          `The association ID '${input.AssociationId}' does not exist`,
        )
      }
      const acl = need(ec2.networkAcls, 'network-acl', input.NetworkAclId)
      if (acl.vpcId !== subnet.vpcId) {
        throw invalidParameterValue(
          `Network ACL ${acl.id} and subnet ${subnet.id} belong to different networks`,
        )
      }
      const associationId = `aclassoc-0${ec2.deps.ids.hex(16)}`
      ec2.subnets.putIn(tx, subnet.id, { ...subnet, acl: { aclId: acl.id, associationId } })
      return { NewAssociationId: associationId }
    })
  },
})
