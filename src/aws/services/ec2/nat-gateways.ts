// Owns NAT gateways.
import type {
  CreateNatGatewayRequest,
  CreateNatGatewayResult,
  DeleteNatGatewayRequest,
  DeleteNatGatewayResult,
  DescribeNatGatewaysRequest,
  DescribeNatGatewaysResult,
  NatGateway,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import type { ClientToken } from '../../protocol/client-token.ts'
import { paginate } from '../../protocol/paging.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { insertInterface } from './network-interfaces.ts'
import { roomFor } from './quotas.ts'
import { need, type AddressRecord, type Ec2State, type NatGatewayRecord, type Tags } from './state.ts'

const FILTERS: FilterTable<NatGatewayRecord> = {
  'nat-gateway-id': ({ id }) => id,
  state: ({ state }) => state,
  'subnet-id': ({ subnetId }) => subnetId,
  'vpc-id': ({ vpcId }) => vpcId,
}

function describe(nat: NatGatewayRecord): NatGateway {
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

/** What a NAT gateway is made of. */
export interface NewNatGateway {
  readonly subnetId: string
  /** None for private connectivity. */
  readonly allocationId?: string | undefined
  readonly connectivity: 'public' | 'private'
  readonly privateIp?: string | undefined
  readonly token?: ClientToken | undefined
  readonly tags: Tags
}

/**
 * Makes a NAT gateway with its interface and takes its elastic address, as part of a transaction.
 * @throws AwsError InvalidAllocationID.NotFound, InvalidSubnetID.NotFound, Resource.AlreadyAssociated,
 *   InsufficientFreeAddressesInSubnet
 */
export function insertNatGateway(tx: Writer, ec2: Ec2State, wanted: NewNatGateway): NatGatewayRecord {
  const isPublic = wanted.connectivity === 'public'
  const address = isPublic ? need(ec2.addresses, 'elastic-ip', wanted.allocationId) : undefined
  if (address?.associationId !== undefined) {
    throw new AwsError(
      'Resource.AlreadyAssociated',
      `Elastic IP address [${address.id}] is already associated`,
    )
  }
  const id = ec2.newId('natgateway')
  const { clock, ids, accountId } = ec2.deps
  const eni = insertInterface(tx, ec2, {
    subnetId: wanted.subnetId,
    description: `Interface for NAT Gateway ${id}`,
    groupIds: [],
    type: 'nat_gateway',
    ...(wanted.privateIp === undefined ? {} : { privateIp: wanted.privateIp }),
    requesterId: accountId,
    attachment: {
      id: `eni-attach-0${ids.hex(16)}`,
      deviceIndex: 1,
      attachedAtMs: clock.now(),
      deleteOnTermination: false,
      instanceOwnerId: 'amazon-aws',
    },
  })
  const nat: NatGatewayRecord = {
    id,
    vpcId: eni.vpcId,
    subnetId: eni.subnetId,
    ...(address ? { allocationId: address.id, publicIp: address.publicIp } : {}),
    interfaceId: eni.id,
    privateIp: eni.primaryIp,
    connectivity: wanted.connectivity,
    state: 'available',
    createdAtMs: clock.now(),
    ...(wanted.token === undefined ? {} : { token: wanted.token }),
    tags: wanted.tags,
  }
  ec2.natGateways.putIn(tx, id, nat)
  if (address) {
    const associationId = `eipassoc-0${ids.hex(16)}`
    const associated = { ...address, associationId, interfaceId: eni.id, privateIp: eni.primaryIp }
    ec2.addresses.putIn(tx, address.id, associated)
  }
  return nat
}

/** CreateNatGateway. @throws AwsError IdempotentParameterMismatch, and those of `insertNatGateway` */
export const createNatGateway = operation<Ec2State, CreateNatGatewayRequest, CreateNatGatewayResult>()({
  honours: ['SubnetId', 'AllocationId', 'ConnectivityType', 'PrivateIpAddress', 'ClientToken', ...TAGGED],
  handle: async (input, ec2) => {
    const token = clientTokenOf(input)
    const room = await roomFor(ec2, 'natGateways')
    const nat = await ec2.deps.store.transact((tx) => {
      const earlier = token && ec2.natGateways.find('token', token.value)
      if (earlier && isRepeated(token, earlier.token)) return earlier
      room(countInZoneOf(ec2, input.SubnetId))
      return insertNatGateway(tx, ec2, {
        subnetId: input.SubnetId ?? '',
        allocationId: input.AllocationId,
        connectivity: input.ConnectivityType ?? 'public',
        privateIp: input.PrivateIpAddress,
        token,
        tags: tagsOfNew(input.TagSpecifications, 'natgateway'),
      })
    })
    return { NatGateway: { ...describe(nat), State: 'pending' }, ClientToken: input.ClientToken }
  },
})

// The quota is that of a zone.
function countInZoneOf(ec2: Ec2State, subnetId: string | undefined): number {
  const zone = ec2.subnets.get(subnetId ?? '')?.zone
  return ec2.natGateways
    .list()
    .filter((nat) => nat.state !== 'deleted' && ec2.subnets.get(nat.subnetId)?.zone === zone).length
}

/** DescribeNatGateways. @throws AwsError NatGatewayNotFound */
export const describeNatGateways = operation<
  Ec2State,
  DescribeNatGatewaysRequest,
  DescribeNatGatewaysResult
>()({
  honours: ['NatGatewayIds', 'Filter[].Name', 'Filter[].Values', 'NextToken', 'MaxResults'],
  handle: (input, ec2) => {
    const records = byIds('natgateway', ec2.natGateways.listByAge(), input.NatGatewayIds)
    const found = select({ records, filters: input.Filter, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { NatGateways: items.map(describe), NextToken: token }
  },
})

/**
 * DeleteNatGateway: the interface goes and the address is free. The record stays as `deleted`, without its client
 * token; AWS shows it so for about an hour.
 * @throws AwsError NatGatewayNotFound
 */
export const deleteNatGateway = operation<Ec2State, DeleteNatGatewayRequest, DeleteNatGatewayResult>()({
  honours: ['NatGatewayId'],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const { token: _, ...nat } = need(ec2.natGateways, 'natgateway', input.NatGatewayId)
      // A second call must not take the address from whoever has it by now.
      if (nat.state === 'deleted') return { NatGatewayId: nat.id }
      ec2.interfaces.deleteIn(tx, nat.interfaceId)
      if (nat.allocationId !== undefined) {
        ec2.addresses.updateIn(tx, nat.allocationId, released)
      }
      ec2.natGateways.putIn(tx, nat.id, { ...nat, state: 'deleted' })
      return { NatGatewayId: nat.id }
    })
  },
})

function released({ id, publicIp, tags }: AddressRecord): AddressRecord {
  return { id, publicIp, tags }
}
