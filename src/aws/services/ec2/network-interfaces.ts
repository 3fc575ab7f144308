// Owns network interfaces and their private addresses.
import type {
  AssignPrivateIpAddressesRequest,
  AssignPrivateIpAddressesResult,
  CreateNetworkInterfaceRequest,
  CreateNetworkInterfaceResult,
  DeleteNetworkInterfaceRequest,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  ModifyNetworkInterfaceAttributeRequest,
  NetworkInterface,
  UnassignPrivateIpAddressesRequest,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { LISTED, TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import type { ClientToken } from '../../protocol/client-token.ts'
import { paginate } from '../../protocol/paging.ts'
import { privateDnsName } from '../../../base/private-dns.ts'
import { allocate, noteFree } from './addresses.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { notFound } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { allocate6, type Wanted6 } from './ipv6.ts'
import { associationOf, freePublicIp } from './public-addresses.ts'
import {
  need,
  type Ec2State,
  type InterfaceRecord,
  type SecurityGroupRecord,
  type SubnetRecord,
  type Tags,
} from './state.ts'

function allIps({ primaryIp, secondaryIps }: InterfaceRecord): readonly string[] {
  return [primaryIp, ...secondaryIps]
}

function filtersOf(ec2: Ec2State): FilterTable<InterfaceRecord> {
  return {
    'addresses.private-ip-address': allIps,
    'association.allocation-id': (record) => associationOf(ec2, record)?.AllocationId,
    'association.association-id': (record) => associationOf(ec2, record)?.AssociationId,
    'association.ip-owner-id': (record) => associationOf(ec2, record)?.IpOwnerId,
    'association.public-ip': (record) => associationOf(ec2, record)?.PublicIp,
    'attachment.attachment-id': ({ attachment }) => attachment?.id,
    'attachment.device-index': ({ attachment }) => attachment?.deviceIndex,
    'attachment.instance-id': ({ attachment }) => attachment?.instanceId,
    'attachment.status': ({ attachment }) => attachment && 'attached',
    'availability-zone': ({ zone }) => zone,
    description: ({ description }) => description,
    'group-id': ({ groupIds }) => groupIds,
    'group-name': ({ groupIds }) => groupIds.map((id) => ec2.groups.get(id)?.name),
    'interface-type': ({ type }) => type,
    'ipv6-addresses.ipv6-address': ({ ips6 = [] }) => ips6,
    'mac-address': ({ macAddress }) => macAddress,
    'network-interface-id': ({ id }) => id,
    'owner-id': () => ec2.deps.accountId,
    'private-dns-name': ({ primaryIp }) => privateDnsName(primaryIp, ec2.deps.region),
    'private-ip-address': ({ primaryIp }) => primaryIp,
    'requester-id': ({ requesterId }) => requesterId,
    'requester-managed': ({ requesterId }) => requesterId !== undefined,
    'source-dest-check': () => true,
    status: (record) => statusOf(record),
    'subnet-id': ({ subnetId }) => subnetId,
    'vpc-id': ({ vpcId }) => vpcId,
  }
}

function statusOf({ attachment, branch }: InterfaceRecord): 'in-use' | 'available' {
  return attachment || branch ? 'in-use' : 'available'
}

/** An interface as DescribeNetworkInterfaces shows it. */
export function describeInterface(ec2: Ec2State, record: InterfaceRecord): NetworkInterface {
  const { accountId, region } = ec2.deps
  const { attachment } = record
  const dns = (ip: string): string => privateDnsName(ip, region)
  const association = associationOf(ec2, record)
  return {
    NetworkInterfaceId: record.id,
    SubnetId: record.subnetId,
    VpcId: record.vpcId,
    AvailabilityZone: record.zone,
    Description: record.description,
    OwnerId: accountId,
    RequesterId: record.requesterId,
    RequesterManaged: record.requesterId !== undefined,
    Status: statusOf(record),
    // Interface types newer than the SDK's enumeration are not made here.
    InterfaceType: record.type as NetworkInterface['InterfaceType'],
    MacAddress: record.macAddress,
    PrivateIpAddress: record.primaryIp,
    PrivateDnsName: dns(record.primaryIp),
    PrivateIpAddresses: allIps(record).map((ip, index) => ({
      PrivateIpAddress: ip,
      PrivateDnsName: dns(ip),
      Primary: index === 0,
      ...(index === 0 && association ? { Association: association } : {}),
    })),
    Association: association,
    SourceDestCheck: true,
    Groups: groupsOf(ec2, record.groupIds),
    Ipv6Addresses: (record.ips6 ?? []).map((ip) => ({ Ipv6Address: ip })),
    ...(record.prefixes6 ? { Ipv6Prefixes: record.prefixes6.map((Ipv6Prefix) => ({ Ipv6Prefix })) } : {}),
    Attachment: attachment && {
      AttachmentId: attachment.id,
      AttachTime: new Date(attachment.attachedAtMs),
      DeleteOnTermination: attachment.deleteOnTermination,
      DeviceIndex: attachment.deviceIndex,
      NetworkCardIndex: attachment.networkCardIndex ?? 0,
      InstanceId: attachment.instanceId,
      InstanceOwnerId: attachment.instanceOwnerId ?? accountId,
      Status: 'attached',
    },
    TagSet: tagList(record.tags),
  }
}

/** Ids and names of groups. */
export function groupsOf(ec2: Ec2State, ids: readonly string[]): { GroupId: string; GroupName: string }[] {
  return ids.map((id) => ({ GroupId: id, GroupName: ec2.groups.get(id)?.name ?? '' }))
}

export interface NewInterface {
  readonly subnetId: string
  readonly description: string
  readonly groupIds: readonly string[]
  readonly tags?: Tags
  readonly type?: string
  readonly requesterId?: string
  readonly privateIp?: string
  /** Those beside the first: some that are named, or so many. */
  readonly secondary?: { readonly count: number } | { readonly ips: readonly string[] }
  /** What the subnet says when absent. */
  readonly ipv6?: Wanted6
  readonly isPublic?: boolean
  readonly token?: ClientToken
  readonly attachment?: InterfaceRecord['attachment']
  readonly branch?: InterfaceRecord['branch']
}

/**
 * Makes an interface with the next free address of its subnet; the VPC's default group when none is named.
 * @throws AwsError InvalidSubnetID.NotFound, InvalidGroup.NotFound, InvalidParameter, and those of `allocate`
 */
export function insertInterface(tx: Writer, ec2: Ec2State, wanted: NewInterface): InterfaceRecord {
  const subnet = need(ec2.subnets, 'subnet', wanted.subnetId)
  for (const id of wanted.groupIds) checkNetwork(need(ec2.groups, 'security-group', id), subnet)
  const fallback = ec2.groups.find('name', `${subnet.vpcId}/default`)
  const groupIds = wanted.groupIds.length > 0 ? wanted.groupIds : fallback ? [fallback.id] : []
  const ips = allocateAll(ec2, subnet.id, wanted)
  const [primaryIp = ''] = ips
  const ips6 = allocate6(ec2, subnet, wanted.ipv6 ?? { count: subnet.options?.assignIpv6 ? 1 : 0 })
  const mac = ec2.deps.ids.hex(8).match(/../g) ?? []
  const record: InterfaceRecord = {
    id: ec2.newId('network-interface'),
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    zone: subnet.zone,
    description: wanted.description,
    groupIds,
    // The second bit of the first byte says "locally administered".
    macAddress: ['02', '7e', ...mac].join(':'),
    primaryIp,
    secondaryIps: ips.slice(1),
    ...(ips6.length > 0 ? { ips6 } : {}),
    ...(wanted.isPublic ? { publicIp: freePublicIp(ec2) } : {}),
    type: wanted.type ?? 'interface',
    ...(wanted.requesterId === undefined ? {} : { requesterId: wanted.requesterId }),
    ...(wanted.attachment === undefined ? {} : { attachment: wanted.attachment }),
    ...(wanted.branch === undefined ? {} : { branch: wanted.branch }),
    ...(wanted.token === undefined ? {} : { token: wanted.token }),
    createdAtMs: ec2.deps.clock.now(),
    tags: wanted.tags ?? {},
  }
  ec2.interfaces.putIn(tx, record.id, record)
  return record
}

function checkNetwork(group: SecurityGroupRecord, subnet: SubnetRecord): void {
  if (group.vpcId === subnet.vpcId) return
  throw new AwsError(
    'InvalidParameter',
    `Security group ${group.id} and subnet ${subnet.id} belong to different networks.`,
  )
}

// The first is the primary one. Addresses that are named are taken together, so that none of them is free for another.
function allocateAll(
  ec2: Ec2State,
  subnetId: string,
  { privateIp, secondary }: Pick<NewInterface, 'privateIp' | 'secondary'>,
): readonly string[] {
  const named = secondary && 'ips' in secondary ? secondary.ips : []
  if (privateIp === undefined && named.length === 0) {
    const more = secondary && 'count' in secondary ? secondary.count : 0
    return allocate(ec2, subnetId, { count: 1 + more })
  }
  const given = privateIp === undefined ? named : [privateIp, ...named]
  const ips = allocate(ec2, subnetId, { ips: given })
  if (!secondary || !('count' in secondary) || secondary.count === 0) return ips
  const free = allocate(ec2, subnetId, { count: secondary.count + ips.length })
  return [...ips, ...free.filter((ip) => !ips.includes(ip)).slice(0, secondary.count)]
}

interface AddressInput {
  readonly PrivateIpAddress?: string | undefined
  readonly PrivateIpAddresses?:
    | readonly { readonly Primary?: boolean | undefined; readonly PrivateIpAddress?: string | undefined }[]
    | undefined
  readonly SecondaryPrivateIpAddressCount?: number | undefined
}

/** The private addresses that a request asks for. @throws AwsError InvalidParameterCombination */
export function addressesOf(input: AddressInput): Pick<NewInterface, 'privateIp' | 'secondary'> {
  const { PrivateIpAddresses: listed = [], SecondaryPrivateIpAddressCount: count } = input
  const primaries = listed.filter(({ Primary }) => Primary === true)
  if (primaries.length > 1 || (primaries.length > 0 && input.PrivateIpAddress !== undefined)) {
    throw new AwsError('InvalidParameterCombination', 'Only one primary private IP address can be specified.')
  }
  const privateIp = primaries[0]?.PrivateIpAddress ?? input.PrivateIpAddress
  const ips = listed.filter(({ Primary }) => Primary !== true).flatMap((each) => each.PrivateIpAddress ?? [])
  const secondary = ips.length > 0 ? { ips } : count === undefined ? undefined : { count }
  return { ...(privateIp === undefined ? {} : { privateIp }), ...(secondary ? { secondary } : {}) }
}

function ipv6Of(input: {
  readonly Ipv6Addresses?: readonly { readonly Ipv6Address?: string | undefined }[] | undefined
  readonly Ipv6AddressCount?: number | undefined
}): { ipv6?: Wanted6 } {
  if (input.Ipv6Addresses) return { ipv6: { ips: input.Ipv6Addresses.map((each) => each.Ipv6Address ?? '') } }
  return input.Ipv6AddressCount === undefined ? {} : { ipv6: { count: input.Ipv6AddressCount } }
}

export const createNetworkInterface = operation<
  Ec2State,
  CreateNetworkInterfaceRequest,
  CreateNetworkInterfaceResult
>()({
  honours: [
    'SubnetId',
    'Description',
    'PrivateIpAddress',
    'PrivateIpAddresses[].PrivateIpAddress',
    'PrivateIpAddresses[].Primary',
    'SecondaryPrivateIpAddressCount',
    'Ipv6Addresses[].Ipv6Address',
    'Ipv6AddressCount',
    'Groups',
    'ClientToken',
    ...TAGGED,
  ],
  handle: async (input, ec2) => {
    const token = clientTokenOf(input)
    return await ec2.deps.store.transact((tx) => {
      const earlier = token && ec2.interfaces.find('token', token.value)
      const wanted = {
        subnetId: input.SubnetId ?? '',
        description: input.Description ?? '',
        groupIds: input.Groups ?? [],
        tags: tagsOfNew(input.TagSpecifications, 'network-interface'),
        ...addressesOf(input),
        ...ipv6Of(input),
        ...(token ? { token } : {}),
      }
      const isAgain = earlier && isRepeated(token, earlier.token)
      const record = isAgain ? earlier : insertInterface(tx, ec2, wanted)
      return { NetworkInterface: describeInterface(ec2, record), ClientToken: input.ClientToken }
    })
  },
})

export const describeNetworkInterfaces = operation<
  Ec2State,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult
>()({
  honours: ['NetworkInterfaceIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('network-interface', ec2.interfaces.listByAge(), input.NetworkInterfaceIds)
    const found = select({ records, filters: input.Filters, table: filtersOf(ec2) })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { NetworkInterfaces: items.map((record) => describeInterface(ec2, record)), NextToken: token }
  },
})

export const deleteNetworkInterface = operation<Ec2State, DeleteNetworkInterfaceRequest, void>()({
  honours: ['NetworkInterfaceId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const record = need(ec2.interfaces, 'network-interface', input.NetworkInterfaceId)
      if (record.attachment) {
        throw new AwsError('InvalidParameterValue', `Network interface '${record.id}' is currently in use.`)
      }
      ec2.interfaces.deleteIn(tx, record.id)
      // An Elastic IP outlives the interface that it was associated with.
      for (const address of ec2.addresses.list()) {
        if (address.interfaceId !== record.id) continue
        const { associationId: _a, interfaceId: _i, privateIp: _p, ...free } = address
        ec2.addresses.putIn(tx, address.id, free)
      }
    })
  },
})

/** Adds secondary addresses. */
export async function addSecondary(
  ec2: Ec2State,
  interfaceId: string,
  wanted: { readonly count: number } | { readonly ips: readonly string[] },
): Promise<string[]> {
  return await ec2.deps.store.transact((tx) => {
    const { subnetId } = need(ec2.interfaces, 'network-interface', interfaceId)
    const ips = allocate(ec2, subnetId, wanted)
    ec2.interfaces.updateIn(tx, interfaceId, (record) => ({
      ...record,
      secondaryIps: [...record.secondaryIps, ...ips],
    }))
    return ips
  })
}

export const assignPrivateIpAddresses = operation<
  Ec2State,
  AssignPrivateIpAddressesRequest,
  AssignPrivateIpAddressesResult
>()({
  honours: ['NetworkInterfaceId', 'PrivateIpAddresses', 'SecondaryPrivateIpAddressCount'],
  handle: async (input, ec2) => {
    const id = input.NetworkInterfaceId ?? ''
    const wanted = input.PrivateIpAddresses
      ? { ips: input.PrivateIpAddresses }
      : { count: input.SecondaryPrivateIpAddressCount ?? 1 }
    const ips = await addSecondary(ec2, id, wanted)
    return {
      NetworkInterfaceId: id,
      AssignedPrivateIpAddresses: ips.map((ip) => ({ PrivateIpAddress: ip })),
    }
  },
})

/** Gives secondary addresses back. */
export async function removeSecondary(
  ec2: Ec2State,
  interfaceId: string,
  ips: readonly string[],
): Promise<void> {
  const record = await ec2.interfaces.update(interfaceId, (current) => withoutSecondary(current, ips))
  if (record) noteFree(ec2, record.subnetId, ips)
}

function withoutSecondary(record: InterfaceRecord, ips: readonly string[]): InterfaceRecord {
  return { ...record, secondaryIps: record.secondaryIps.filter((ip) => !ips.includes(ip)) }
}

export const unassignPrivateIpAddresses = operation<Ec2State, UnassignPrivateIpAddressesRequest, void>()({
  honours: ['NetworkInterfaceId', 'PrivateIpAddresses'],
  handle: async (input, ec2) => {
    const { NetworkInterfaceId: id = '', PrivateIpAddresses: ips = [] } = input
    const changed = await ec2.interfaces.update(id, (record) => {
      const foreign = ips.find((ip) => !record.secondaryIps.includes(ip))
      if (foreign !== undefined) {
        throw new AwsError(
          'InvalidParameterValue',
          `Some of [${foreign}] are not assigned to interface ${record.id}`,
        )
      }
      return withoutSecondary(record, ips)
    })
    if (!changed) throw notFound('network-interface', id)
    noteFree(ec2, changed.subnetId, ips)
  },
})

export const modifyNetworkInterfaceAttribute = operation<
  Ec2State,
  ModifyNetworkInterfaceAttributeRequest,
  void
>()({
  honours: ['NetworkInterfaceId', 'Groups', 'Description.Value'],
  handle: async (input, ec2) => {
    const id = input.NetworkInterfaceId ?? ''
    const changed = await ec2.interfaces.update(id, (record) => {
      for (const group of input.Groups ?? []) need(ec2.groups, 'security-group', group)
      return {
        ...record,
        groupIds: input.Groups ?? record.groupIds,
        description: input.Description?.Value ?? record.description,
      }
    })
    if (!changed) throw notFound('network-interface', id)
  },
})
