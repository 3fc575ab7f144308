// Owns internet gateways, NAT gateways and elastic addresses.
import type {
  Address,
  AllocateAddressRequest,
  AllocateAddressResult,
  AttachInternetGatewayRequest,
  CreateInternetGatewayRequest,
  CreateInternetGatewayResult,
  CreateNatGatewayRequest,
  CreateNatGatewayResult,
  DeleteInternetGatewayRequest,
  DeleteNatGatewayRequest,
  DeleteNatGatewayResult,
  DescribeAddressesRequest,
  DescribeAddressesResult,
  DescribeInternetGatewaysRequest,
  DescribeInternetGatewaysResult,
  DescribeNatGatewaysRequest,
  DescribeNatGatewaysResult,
  DetachInternetGatewayRequest,
  InternetGateway,
  NatGateway,
  ReleaseAddressRequest,
} from '@aws-sdk/client-ec2'

import { AwsError, InternalError } from '../../../base/errors.ts'
import { paginate } from '../../protocol/paging.ts'
import { refuseMembers } from './errors.ts'
import { byIds, select, specifiedTags, tagList, type FilterTable } from './filters.ts'
import { insertInterface, type NewInterface } from './network-interfaces.ts'
import {
  need,
  type AddressRecord,
  type Ec2State,
  type InternetGatewayRecord,
  type NatGatewayRecord,
} from './state.ts'

const GATEWAY_FILTERS: FilterTable<InternetGatewayRecord> = {
  'attachment.state': ({ vpcId }) => vpcId && 'available',
  'attachment.vpc-id': ({ vpcId }) => vpcId,
  'internet-gateway-id': ({ id }) => id,
}

const NAT_FILTERS: FilterTable<NatGatewayRecord> = {
  'nat-gateway-id': ({ id }) => id,
  state: ({ state }) => state,
  'subnet-id': ({ subnetId }) => subnetId,
  'vpc-id': ({ vpcId }) => vpcId,
}

const ADDRESS_FILTERS: FilterTable<AddressRecord> = {
  'allocation-id': ({ id }) => id,
  'association-id': ({ associationId }) => associationId,
  domain: () => 'vpc',
  'network-interface-id': ({ interfaceId }) => interfaceId,
  'private-ip-address': ({ privateIp }) => privateIp,
  'public-ip': ({ publicIp }) => publicIp,
}

function describeGateway(ec2: Ec2State, gateway: InternetGatewayRecord): InternetGateway {
  return {
    InternetGatewayId: gateway.id,
    OwnerId: ec2.deps.accountId,
    Attachments:
      gateway.vpcId === undefined ? [] : [{ VpcId: gateway.vpcId, State: 'available' as 'attached' }],
    Tags: tagList(gateway.tags),
  }
}

export async function createInternetGateway(
  input: CreateInternetGatewayRequest,
  ec2: Ec2State,
): Promise<CreateInternetGatewayResult> {
  const id = ec2.newId('internet-gateway')
  const gateway = { id, tags: specifiedTags(input.TagSpecifications, 'internet-gateway') }
  await ec2.internetGateways.put(id, gateway)
  return { InternetGateway: describeGateway(ec2, gateway) }
}

export function describeInternetGateways(
  input: DescribeInternetGatewaysRequest,
  ec2: Ec2State,
): DescribeInternetGatewaysResult {
  const records = byIds('internet-gateway', ec2.internetGateways.list(), input.InternetGatewayIds)
  const found = select({ records, filters: input.Filters, table: GATEWAY_FILTERS })
  const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
  return { InternetGateways: items.map((gateway) => describeGateway(ec2, gateway)), NextToken: token }
}

export async function attachInternetGateway(
  input: AttachInternetGatewayRequest,
  ec2: Ec2State,
): Promise<void> {
  const { id } = need(ec2.internetGateways, 'internet-gateway', input.InternetGatewayId)
  const { id: vpcId } = need(ec2.vpcs, 'vpc', input.VpcId)
  await ec2.internetGateways.update(id, (gateway) => {
    if (gateway.vpcId !== undefined) {
      throw new AwsError(
        'Resource.AlreadyAssociated',
        `resource ${gateway.id} is already attached to network ${gateway.vpcId}`,
      )
    }
    return { ...gateway, vpcId }
  })
}

export async function detachInternetGateway(
  input: DetachInternetGatewayRequest,
  ec2: Ec2State,
): Promise<void> {
  const { id } = need(ec2.internetGateways, 'internet-gateway', input.InternetGatewayId)
  await ec2.internetGateways.update(id, ({ vpcId, ...gateway }) => {
    if (vpcId === undefined || vpcId !== input.VpcId) {
      throw new AwsError('Gateway.NotAttached', `resource ${id} is not attached to network ${input.VpcId}`)
    }
    return gateway
  })
}

export async function deleteInternetGateway(
  input: DeleteInternetGatewayRequest,
  ec2: Ec2State,
): Promise<void> {
  const { id, vpcId } = need(ec2.internetGateways, 'internet-gateway', input.InternetGatewayId)
  if (vpcId !== undefined) {
    throw new AwsError(
      'DependencyViolation',
      `The internetGateway '${id}' has dependencies and cannot be deleted.`,
    )
  }
  await ec2.internetGateways.delete(id)
}

function describeAddress(address: AddressRecord): Address {
  return {
    AllocationId: address.id,
    AssociationId: address.associationId,
    Domain: 'vpc',
    NetworkInterfaceId: address.interfaceId,
    PrivateIpAddress: address.privateIp,
    PublicIp: address.publicIp,
    PublicIpv4Pool: 'amazon',
    Tags: tagList(address.tags),
  }
}

export async function allocateAddress(
  input: AllocateAddressRequest,
  ec2: Ec2State,
): Promise<AllocateAddressResult> {
  const { ids, region } = ec2.deps
  const id = ec2.newId('elastic-ip')
  // TEST-NET-3 (RFC 5737): documentation addresses, which can never be somebody's host.
  const publicIp = `203.0.113.${1 + ids.below(254)}`
  await ec2.addresses.put(id, {
    id,
    publicIp,
    tags: specifiedTags(input.TagSpecifications, 'elastic-ip'),
  })
  return {
    AllocationId: id,
    PublicIp: publicIp,
    Domain: 'vpc',
    NetworkBorderGroup: region,
    PublicIpv4Pool: 'amazon',
  }
}

export function describeAddresses(input: DescribeAddressesRequest, ec2: Ec2State): DescribeAddressesResult {
  const records = byIds('elastic-ip', ec2.addresses.list(), input.AllocationIds).filter(
    ({ publicIp }) => !input.PublicIps || input.PublicIps.includes(publicIp),
  )
  return {
    Addresses: select({ records, filters: input.Filters, table: ADDRESS_FILTERS }).map(describeAddress),
  }
}

export async function releaseAddress(input: ReleaseAddressRequest, ec2: Ec2State): Promise<void> {
  const address = need(ec2.addresses, 'elastic-ip', input.AllocationId)
  if (address.associationId !== undefined) {
    throw new AwsError('InvalidIPAddress.InUse', `Address ${address.publicIp} is in use.`)
  }
  await ec2.addresses.delete(address.id)
}

function describeNat(nat: NatGatewayRecord): NatGateway {
  return {
    NatGatewayId: nat.id,
    VpcId: nat.vpcId,
    SubnetId: nat.subnetId,
    State: nat.state,
    ConnectivityType: nat.connectivity,
    CreateTime: new Date(nat.createdAtMs),
    NatGatewayAddresses: [
      {
        AllocationId: nat.allocationId,
        NetworkInterfaceId: nat.interfaceId,
        PrivateIp: nat.privateIp,
        PublicIp: nat.publicIp,
        IsPrimary: true,
        Status: 'succeeded',
      },
    ],
    Tags: tagList(nat.tags),
  }
}

export async function createNatGateway(
  input: CreateNatGatewayRequest,
  ec2: Ec2State,
): Promise<CreateNatGatewayResult> {
  refuseMembers('CreateNatGateway', input, [
    'AvailabilityZoneAddresses',
    'SecondaryAllocationIds',
    'SecondaryPrivateIpAddressCount',
    'SecondaryPrivateIpAddresses',
  ])
  const connectivity = input.ConnectivityType ?? 'public'
  const address =
    connectivity === 'public' ? need(ec2.addresses, 'elastic-ip', input.AllocationId) : undefined
  if (address?.associationId !== undefined) {
    throw new AwsError(
      'Resource.AlreadyAssociated',
      `Elastic IP address [${address.id}] is already associated`,
    )
  }
  const id = ec2.newId('natgateway')
  const { clock, ids } = ec2.deps
  const made: NatGatewayRecord[] = []
  const wanted: NewInterface = {
    subnetId: input.SubnetId ?? '',
    description: `Interface for NAT Gateway ${id}`,
    groupIds: [],
    type: 'nat_gateway',
    requesterId: ec2.deps.accountId,
    attachment: {
      id: `eni-attach-0${ids.hex(16)}`,
      deviceIndex: 1,
      attachedAtMs: clock.now(),
      deleteOnTermination: false,
      instanceOwnerId: 'amazon-aws',
    },
  }
  await insertInterface(ec2, wanted, (eni) => {
    const nat: NatGatewayRecord = {
      id,
      vpcId: eni.vpcId,
      subnetId: eni.subnetId,
      ...(address ? { allocationId: address.id, publicIp: address.publicIp } : {}),
      interfaceId: eni.id,
      privateIp: eni.primaryIp,
      connectivity,
      state: 'available',
      createdAtMs: clock.now(),
      tags: specifiedTags(input.TagSpecifications, 'natgateway'),
    }
    made.push(nat)
    if (!address) return [ec2.natGateways.putting(id, nat)]
    const associationId = `eipassoc-0${ids.hex(16)}`
    const associated = { ...address, associationId, interfaceId: eni.id, privateIp: eni.primaryIp }
    return [ec2.natGateways.putting(id, nat), ec2.addresses.putting(address.id, associated)]
  })
  const [nat] = made
  if (!nat) throw new InternalError(`NAT gateway ${id} was not written with its interface`)
  return { NatGateway: { ...describeNat(nat), State: 'pending' }, ClientToken: input.ClientToken }
}

export function describeNatGateways(
  input: DescribeNatGatewaysRequest,
  ec2: Ec2State,
): DescribeNatGatewaysResult {
  const records = byIds('natgateway', ec2.natGateways.list(), input.NatGatewayIds)
  const found = select({ records, filters: input.Filter, table: NAT_FILTERS })
  const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
  return { NatGateways: items.map(describeNat), NextToken: token }
}

/** The record stays as `deleted`; AWS shows it so for about an hour. */
export async function deleteNatGateway(
  input: DeleteNatGatewayRequest,
  ec2: Ec2State,
): Promise<DeleteNatGatewayResult> {
  const nat = need(ec2.natGateways, 'natgateway', input.NatGatewayId)
  await ec2.interfaces.delete(nat.interfaceId)
  if (nat.allocationId !== undefined) {
    await ec2.addresses.update(nat.allocationId, ({ id, publicIp, tags }) => ({ id, publicIp, tags }))
  }
  await ec2.natGateways.put(nat.id, { ...nat, state: 'deleted' })
  return { NatGatewayId: nat.id }
}
