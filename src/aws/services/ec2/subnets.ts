// Owns subnets.
import type {
  CreateSubnetRequest,
  CreateSubnetResult,
  DeleteSubnetRequest,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  ModifySubnetAttributeRequest,
  Subnet,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { LISTED, TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { paginate } from '../../protocol/paging.ts'
import { contains, formatCidr, overlaps, parseCidr } from './cidr.ts'
import {
  dependencyViolation,
  invalidParameterValue,
  missingParameter,
  notEmulated,
  notFound,
} from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { countTaken } from './addresses.ts'
import { showSubnetBlock6, subnetBlock6 } from './ipv6.ts'
import { defaultAclAssociation } from './network-acls.ts'
import { roomFor } from './quotas.ts'
import { need, type Ec2State, type SubnetOptions, type SubnetRecord, type Tags } from './state.ts'
import { cidrsOf } from './vpc-cidr-blocks.ts'
import { zoneId, zonesOf } from './zones.ts'

function filtersOf(ec2: Ec2State): FilterTable<SubnetRecord> {
  const id = (subnet: SubnetRecord): string | undefined => zoneId(ec2.deps.region, subnet.zone)
  return {
    'availability-zone': ({ zone }) => zone,
    availabilityZone: ({ zone }) => zone,
    'availability-zone-id': id,
    availabilityZoneId: id,
    'available-ip-address-count': (subnet) => freeAddresses(ec2, subnet),
    cidr: ({ cidr }) => cidr,
    'cidr-block': ({ cidr }) => cidr,
    cidrBlock: ({ cidr }) => cidr,
    'default-for-az': ({ isDefault }) => isDefault === true,
    defaultForAz: ({ isDefault }) => isDefault === true,
    'enable-dns64': ({ options }) => options?.dns64 === true,
    'ipv6-cidr-block-association.association-id': ({ cidr6 }) => cidr6?.associationId,
    'ipv6-cidr-block-association.ipv6-cidr-block': ({ cidr6 }) => cidr6?.cidr,
    'ipv6-cidr-block-association.state': ({ cidr6 }) => cidr6 && 'associated',
    'ipv6-native': () => false,
    'map-public-ip-on-launch': ({ mapPublicIp }) => mapPublicIp,
    'private-dns-name-options-on-launch.hostname-type': ({ options }) => options?.hostnameType ?? 'ip-name',
    'private-dns-name-options-on-launch.enable-resource-name-dns-a-record': ({ options }) =>
      options?.dnsA === true,
    'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record': ({ options }) =>
      options?.dnsAaaa === true,
    'owner-id': () => ec2.deps.accountId,
    state: () => 'available',
    'subnet-arn': ({ id: subnetId }) => ec2.arn('subnet', subnetId),
    'subnet-id': ({ id: subnetId }) => subnetId,
    'vpc-id': ({ vpcId }) => vpcId,
  }
}

function freeAddresses(ec2: Ec2State, subnet: SubnetRecord): number {
  return parseCidr(subnet.cidr).size - 5 - countTaken(ec2, subnet.id)
}

/** A subnet as DescribeSubnets shows it. */
export function describeSubnet(ec2: Ec2State, subnet: SubnetRecord): Subnet {
  const { options = {} } = subnet
  return {
    SubnetId: subnet.id,
    SubnetArn: ec2.arn('subnet', subnet.id),
    VpcId: subnet.vpcId,
    OwnerId: ec2.deps.accountId,
    CidrBlock: subnet.cidr,
    AvailabilityZone: subnet.zone,
    AvailabilityZoneId: zoneId(ec2.deps.region, subnet.zone),
    AvailableIpAddressCount: freeAddresses(ec2, subnet),
    MapPublicIpOnLaunch: subnet.mapPublicIp,
    AssignIpv6AddressOnCreation: options.assignIpv6 ?? false,
    DefaultForAz: subnet.isDefault === true,
    EnableDns64: options.dns64 ?? false,
    Ipv6Native: false,
    Ipv6CidrBlockAssociationSet: subnet.cidr6 ? [showSubnetBlock6(subnet.cidr6, 'associated')] : [],
    MapCustomerOwnedIpOnLaunch: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: options.hostnameType ?? 'ip-name',
      EnableResourceNameDnsARecord: options.dnsA ?? false,
      EnableResourceNameDnsAAAARecord: options.dnsAaaa ?? false,
    },
    State: 'available',
    Tags: tagList(subnet.tags),
  }
}

export const createSubnet = operation<Ec2State, CreateSubnetRequest, CreateSubnetResult>()({
  honours: [
    'VpcId',
    'CidrBlock',
    'Ipv6CidrBlock',
    'Ipv6Native',
    'AvailabilityZone',
    'AvailabilityZoneId',
    ...TAGGED,
  ],
  handle: async (input, ec2) => {
    refuseNative(input)
    const { region } = ec2.deps
    const zones = zonesOf(region)
    const zone =
      input.AvailabilityZone ??
      zones.find(({ id }) => id === input.AvailabilityZoneId)?.name ??
      zones[0]?.name
    if (zone === undefined || !zones.some(({ name }) => name === zone)) {
      throw invalidParameterValue(
        `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.map(({ name }) => name).join(', ')}.`,
      )
    }
    const room = await roomFor(ec2, 'subnets')
    return await ec2.deps.store.transact((tx) => {
      room(ec2.subnets.list().filter(({ vpcId }) => vpcId === input.VpcId).length)
      const subnet = insertSubnet(tx, ec2, {
        vpcId: input.VpcId ?? '',
        cidr: input.CidrBlock,
        cidr6: input.Ipv6CidrBlock,
        zone,
        tags: tagsOfNew(input.TagSpecifications, 'subnet'),
      })
      return { Subnet: describeSubnet(ec2, subnet) }
    })
  },
})

// Pods and nodes have IPv4 addresses here, so a subnet without them would be of no use.
function refuseNative(input: CreateSubnetRequest): void {
  if (input.Ipv6Native !== true) return
  if (input.Ipv6CidrBlock === undefined) {
    throw new AwsError('MissingParameter', "Either 'ipv6CidrBlock' or 'ipv6IpamPoolId' should be provided.")
  }
  if (input.CidrBlock !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'When specifying ipv4 parameters, cidrBlock or ipv4IpamPoolId, you cannot set ipv6Native to true.',
    )
  }
  throw notEmulated('A subnet without IPv4')
}

/**
 * Makes a subnet, under the given id if there is one.
 * @throws AwsError InvalidVpcID.NotFound, MissingParameter, InvalidParameterValue, InvalidSubnet.Range,
 *   InvalidSubnet.Conflict
 */
export function insertSubnet(
  tx: Writer,
  ec2: Ec2State,
  options: {
    vpcId: string
    cidr: string | undefined
    cidr6?: string | undefined
    zone: string
    tags: Tags
    id?: string
    mapPublicIp?: boolean
    isDefault?: boolean
  },
): SubnetRecord {
  if (options.cidr === undefined) throw missingParameter('CidrBlock')
  const vpc = need(ec2.vpcs, 'vpc', options.vpcId)
  const range = parseCidr(options.cidr)
  const isWithin = cidrsOf(vpc).some(({ cidr }) => contains(parseCidr(cidr), range))
  if (!isWithin || range.prefixLength > 28) {
    throw new AwsError('InvalidSubnet.Range', `The CIDR '${options.cidr}' is invalid.`)
  }
  const siblings = ec2.subnets.list().filter(({ vpcId }) => vpcId === vpc.id)
  if (siblings.some(({ cidr }) => overlaps(parseCidr(cidr), range))) {
    throw new AwsError('InvalidSubnet.Conflict', `The CIDR '${options.cidr}' conflicts with another subnet`)
  }
  const cidr6 = options.cidr6 === undefined ? undefined : subnetBlock6(ec2, vpc.id, options.cidr6)
  const acl = defaultAclAssociation(ec2, vpc.id)
  const subnet: SubnetRecord = {
    id: options.id ?? ec2.newId('subnet'),
    vpcId: vpc.id,
    cidr: formatCidr(range),
    zone: options.zone,
    mapPublicIp: options.mapPublicIp ?? false,
    ...(cidr6 ? { cidr6 } : {}),
    ...(options.isDefault ? { isDefault: true } : {}),
    ...(acl ? { acl } : {}),
    tags: options.tags,
  }
  ec2.subnets.putIn(tx, subnet.id, subnet)
  return subnet
}

export const describeSubnets = operation<Ec2State, DescribeSubnetsRequest, DescribeSubnetsResult>()({
  honours: ['SubnetIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('subnet', ec2.subnets.listByAge(), input.SubnetIds)
    const found = select({ records, filters: input.Filters, table: filtersOf(ec2) })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { Subnets: items.map((subnet) => describeSubnet(ec2, subnet)), NextToken: token }
  },
})

export const deleteSubnet = operation<Ec2State, DeleteSubnetRequest, void>()({
  honours: ['SubnetId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const { id } = need(ec2.subnets, 'subnet', input.SubnetId)
      if (ec2.interfaces.list().some(({ subnetId }) => subnetId === id))
        throw dependencyViolation('subnet', id)
      for (const table of ec2.routeTables.list()) {
        const associations = table.associations.filter(({ subnetId }) => subnetId !== id)
        if (associations.length === table.associations.length) continue
        ec2.routeTables.putIn(tx, table.id, { ...table, associations })
      }
      ec2.subnets.deleteIn(tx, id)
    })
  },
})

export const modifySubnetAttribute = operation<Ec2State, ModifySubnetAttributeRequest, void>()({
  honours: ['SubnetId', 'AssignIpv6AddressOnCreation.Value', 'PrivateDnsHostnameTypeOnLaunch'],
  keeps: [
    // Nothing has a public address but what an elastic one is given to.
    'MapPublicIpOnLaunch.Value',
    // Names of instances lead to their addresses either way.
    'EnableDns64.Value',
    'EnableResourceNameDnsARecordOnLaunch.Value',
    'EnableResourceNameDnsAAAARecordOnLaunch.Value',
  ],
  handle: async (input, ec2) => {
    const { SubnetId: id = '', MapPublicIpOnLaunch: map } = input
    const changed = await ec2.subnets.update(id, (subnet) => ({
      ...subnet,
      mapPublicIp: map?.Value ?? subnet.mapPublicIp,
      options: { ...subnet.options, ...optionsOf(input) },
    }))
    if (!changed) throw notFound('subnet', id)
  },
})

// Those that a request names.
function optionsOf(input: ModifySubnetAttributeRequest): SubnetOptions {
  const options = {
    assignIpv6: input.AssignIpv6AddressOnCreation?.Value,
    dns64: input.EnableDns64?.Value,
    hostnameType: input.PrivateDnsHostnameTypeOnLaunch,
    dnsA: input.EnableResourceNameDnsARecordOnLaunch?.Value,
    dnsAaaa: input.EnableResourceNameDnsAAAARecordOnLaunch?.Value,
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
