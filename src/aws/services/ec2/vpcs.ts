// Owns VPCs.
import type {
  CreateVpcRequest,
  CreateVpcResult,
  DeleteVpcRequest,
  DescribeVpcAttributeRequest,
  DescribeVpcAttributeResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  ModifyVpcAttributeRequest,
  ModifyVpcTenancyRequest,
  ModifyVpcTenancyResult,
  Vpc,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { LISTED, TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { paginate } from '../../protocol/paging.ts'
import { parseCidr } from './cidr.ts'
import { DEFAULT_DHCP_OPTIONS } from './dhcp-options.ts'
import { dependencyViolation, missingParameter, notFound } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { showVpcBlock6, withAmazonBlock } from './ipv6.ts'
import { roomFor } from './quotas.ts'
import { hasOwnAcls, insertDefaultAcl, removeDefaultAcl } from './network-acls.ts'
import { insertDefaultGroup, removeGroup } from './security-groups.ts'
import { need, type Ec2State, type RouteTableRecord, type Tags, type VpcRecord } from './state.ts'
import { cidrsOf, showCidr } from './vpc-cidr-blocks.ts'

// DescribeVpcs, request parameter Filter.N.
const FILTERS: FilterTable<VpcRecord> = {
  cidr: ({ cidr }) => cidr,
  'cidr-block': ({ cidr }) => cidr,
  cidrBlock: ({ cidr }) => cidr,
  'cidr-block-association.cidr-block': (vpc) => cidrsOf(vpc).map(({ cidr }) => cidr),
  'cidr-block-association.association-id': (vpc) => cidrsOf(vpc).map(({ associationId }) => associationId),
  'cidr-block-association.state': () => 'associated',
  'ipv6-cidr-block-association.ipv6-cidr-block': ({ cidrs6 = [] }) => cidrs6.map(({ cidr }) => cidr),
  'ipv6-cidr-block-association.association-id': ({ cidrs6 = [] }) =>
    cidrs6.map(({ associationId }) => associationId),
  'ipv6-cidr-block-association.ipv6-pool': ({ cidrs6 = [] }) => cidrs6.map(() => 'Amazon'),
  'ipv6-cidr-block-association.state': ({ cidrs6 = [] }) => cidrs6.map(() => 'associated'),
  'dhcp-options-id': ({ dhcpOptionsId = DEFAULT_DHCP_OPTIONS }) => dhcpOptionsId,
  'is-default': ({ isDefault }) => isDefault,
  isDefault: ({ isDefault }) => isDefault,
  state: () => 'available',
  'vpc-id': ({ id }) => id,
}

/** A VPC as DescribeVpcs shows it. */
export function describeVpc(ec2: Ec2State, vpc: VpcRecord): Vpc {
  return {
    VpcId: vpc.id,
    CidrBlock: vpc.cidr,
    CidrBlockAssociationSet: cidrsOf(vpc).map((block) => showCidr(block, 'associated')),
    Ipv6CidrBlockAssociationSet: vpc.cidrs6?.map((block) => showVpcBlock6(ec2, block, 'associated')),
    DhcpOptionsId: vpc.dhcpOptionsId ?? DEFAULT_DHCP_OPTIONS,
    InstanceTenancy: vpc.tenancy ?? 'default',
    IsDefault: vpc.isDefault,
    OwnerId: ec2.deps.accountId,
    State: 'available',
    Tags: tagList(vpc.tags),
  }
}

export const createVpc = operation<Ec2State, CreateVpcRequest, CreateVpcResult>()({
  honours: ['CidrBlock', 'AmazonProvidedIpv6CidrBlock', ...TAGGED],
  keeps: ['InstanceTenancy'],
  handle: async (input, ec2) => {
    const { CidrBlock: cidr } = input
    if (cidr === undefined) throw missingParameter('CidrBlock')
    const tags = tagsOfNew(input.TagSpecifications, 'vpc')
    const isDedicated = input.InstanceTenancy === 'dedicated'
    const hasIpv6 = input.AmazonProvidedIpv6CidrBlock === true
    const room = await roomFor(ec2, 'vpcs')
    const vpc = await ec2.deps.store.transact((tx) => {
      room(ec2.vpcs.list().length)
      return insertVpc(tx, ec2, { cidr, tags, isDedicated, hasIpv6 })
    })
    const Ipv6CidrBlockAssociationSet = vpc.cidrs6?.map((block) => showVpcBlock6(ec2, block, 'associating'))
    return { Vpc: { ...describeVpc(ec2, vpc), Ipv6CidrBlockAssociationSet, State: 'pending' } }
  },
})

/**
 * Makes a VPC with its main route table and default security group, under the given id if there is one.
 * @throws AwsError InvalidParameterValue, InvalidVpc.Range
 */
export function insertVpc(
  tx: Writer,
  ec2: Ec2State,
  options: {
    cidr: string
    tags: Tags
    id?: string
    dnsHostnames?: boolean
    isDefault?: boolean
    isDedicated?: boolean
    hasIpv6?: boolean
  },
): VpcRecord {
  const { prefixLength: prefix } = parseCidr(options.cidr)
  if (prefix < 16 || prefix > 28) {
    throw new AwsError('InvalidVpc.Range', `The CIDR '${options.cidr}' is invalid.`)
  }
  const plain: VpcRecord = {
    id: options.id ?? ec2.newId('vpc'),
    cidr: options.cidr,
    associationId: `vpc-cidr-assoc-0${ec2.deps.ids.hex(16)}`,
    dnsSupport: true,
    dnsHostnames: options.dnsHostnames ?? false,
    isDefault: options.isDefault ?? false,
    ...(options.isDedicated ? { tenancy: 'dedicated' as const } : {}),
    tags: options.tags,
  }
  const { vpc } = options.hasIpv6 ? withAmazonBlock(ec2, plain) : { vpc: plain }
  const tableId = ec2.newId('route-table')
  const routeTable: RouteTableRecord = {
    id: tableId,
    vpcId: vpc.id,
    routes: [],
    // An association without a subnet is the main one.
    associations: [{ id: `rtbassoc-0${ec2.deps.ids.hex(16)}` }],
    tags: {},
  }
  ec2.vpcs.putIn(tx, vpc.id, vpc)
  ec2.routeTables.putIn(tx, tableId, routeTable)
  insertDefaultGroup(tx, ec2, vpc.id)
  insertDefaultAcl(tx, ec2, vpc.id)
  return vpc
}

export const describeVpcs = operation<Ec2State, DescribeVpcsRequest, DescribeVpcsResult>()({
  honours: ['VpcIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('vpc', ec2.vpcs.listByAge(), input.VpcIds)
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { Vpcs: items.map((vpc) => describeVpc(ec2, vpc)), NextToken: token }
  },
})

/** DeleteVpc: with its main route table and its default security group. @throws AwsError DependencyViolation */
export const deleteVpc = operation<Ec2State, DeleteVpcRequest, void>()({
  honours: ['VpcId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const { id } = need(ec2.vpcs, 'vpc', input.VpcId)
      if (isUsed(ec2, id)) throw dependencyViolation('vpc', id)
      for (const group of ec2.groups.list().filter(({ vpcId }) => vpcId === id))
        removeGroup(tx, ec2, group.id)
      for (const table of ec2.routeTables.list().filter(({ vpcId }) => vpcId === id)) {
        ec2.routeTables.deleteIn(tx, table.id)
      }
      removeDefaultAcl(tx, ec2, id)
      ec2.vpcs.deleteIn(tx, id)
    })
  },
})

function isUsed(ec2: Ec2State, id: string): boolean {
  return (
    ec2.subnets.list().some(({ vpcId }) => vpcId === id) ||
    ec2.internetGateways.find('vpc', id) !== undefined ||
    ec2.egressOnlyGateways.list().some(({ vpcId }) => vpcId === id) ||
    hasOwnAcls(ec2, id) ||
    ec2.vpcEndpoints.list().some(({ vpcId }) => vpcId === id) ||
    ec2.groups.list().some(({ vpcId, name }) => vpcId === id && name !== 'default') ||
    ec2.routeTables.list().some((table) => table.vpcId === id && !table.associations.some((a) => !a.subnetId))
  )
}

export const describeVpcAttribute = operation<
  Ec2State,
  DescribeVpcAttributeRequest,
  DescribeVpcAttributeResult
>()({
  honours: ['VpcId', 'Attribute'],
  handle: (input, ec2) => {
    const vpc = need(ec2.vpcs, 'vpc', input.VpcId)
    if (input.Attribute === 'enableDnsSupport') {
      return { VpcId: vpc.id, EnableDnsSupport: { Value: vpc.dnsSupport } }
    }
    if (input.Attribute === 'enableDnsHostnames') {
      return { VpcId: vpc.id, EnableDnsHostnames: { Value: vpc.dnsHostnames } }
    }
    return { VpcId: vpc.id, EnableNetworkAddressUsageMetrics: { Value: vpc.addressMetrics ?? false } }
  },
})

export const modifyVpcAttribute = operation<Ec2State, ModifyVpcAttributeRequest, void>()({
  honours: ['VpcId', 'EnableDnsSupport.Value', 'EnableDnsHostnames.Value'],
  keeps: ['EnableNetworkAddressUsageMetrics.Value'],
  handle: async (input, ec2) => {
    const changed = await ec2.vpcs.update(input.VpcId ?? '', (vpc) => ({
      ...vpc,
      dnsSupport: input.EnableDnsSupport?.Value ?? vpc.dnsSupport,
      dnsHostnames: input.EnableDnsHostnames?.Value ?? vpc.dnsHostnames,
      addressMetrics: input.EnableNetworkAddressUsageMetrics?.Value ?? vpc.addressMetrics ?? false,
    }))
    if (!changed) throw notFound('vpc', input.VpcId ?? '')
  },
})

/** ModifyVpcTenancy: from dedicated machines to shared ones, never back. @throws AwsError InvalidVpcID.NotFound */
export const modifyVpcTenancy = operation<Ec2State, ModifyVpcTenancyRequest, ModifyVpcTenancyResult>()({
  honours: ['VpcId', 'InstanceTenancy'],
  handle: async (input, ec2) => {
    const changed = await ec2.vpcs.update(input.VpcId ?? '', ({ tenancy: _tenancy, ...vpc }) => vpc)
    if (!changed) throw notFound('vpc', input.VpcId ?? '')
    return { ReturnValue: true }
  },
})
