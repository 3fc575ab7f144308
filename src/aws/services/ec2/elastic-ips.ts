// Owns elastic IP addresses.
import type {
  Address,
  AllocateAddressRequest,
  AllocateAddressResult,
  AssociateAddressRequest,
  AssociateAddressResult,
  DescribeAddressesAttributeRequest,
  DescribeAddressesAttributeResult,
  DescribeAddressesRequest,
  DescribeAddressesResult,
  DisassociateAddressRequest,
  ReleaseAddressRequest,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { FILTERED, TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { paginate } from '../../protocol/paging.ts'
import { missingParameter } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { roomFor } from './quotas.ts'
import { need, type AddressRecord, type Ec2State, type Tags } from './state.ts'

const FILTERS: FilterTable<AddressRecord> = {
  'allocation-id': ({ id }) => id,
  'association-id': ({ associationId }) => associationId,
  'instance-id': ({ instanceId }) => instanceId,
  domain: () => 'vpc',
  'network-interface-id': ({ interfaceId }) => interfaceId,
  'private-ip-address': ({ privateIp }) => privateIp,
  'public-ip': ({ publicIp }) => publicIp,
}

// Documentation addresses, which can never be somebody's host: TEST-NET-3, -2, -1 (RFC 5737).
const BLOCKS = ['203.0.113', '198.51.100', '192.0.2']

function describe({ deps: { region, accountId } }: Ec2State, address: AddressRecord): Address {
  return {
    AllocationId: address.id,
    AssociationId: address.associationId,
    Domain: 'vpc',
    InstanceId: address.instanceId,
    NetworkBorderGroup: region,
    NetworkInterfaceId: address.interfaceId,
    NetworkInterfaceOwnerId: address.interfaceId === undefined ? undefined : accountId,
    PrivateIpAddress: address.privateIp,
    PublicIp: address.publicIp,
    PublicIpv4Pool: 'amazon',
    Tags: tagList(address.tags),
  }
}

/** Allocates an address that nobody has, as part of a transaction. @throws AwsError AddressLimitExceeded */
export function insertAddress(tx: Writer, ec2: Ec2State, tags: Tags): AddressRecord {
  const all = BLOCKS.flatMap((block) => Array.from({ length: 254 }, (_, index) => `${block}.${index + 1}`))
  const free = all.filter((publicIp) => !ec2.addresses.find('publicIp', publicIp))
  const publicIp = free[ec2.deps.ids.below(Math.max(1, Math.min(free.length, 254)))]
  if (publicIp === undefined) {
    throw new AwsError('AddressLimitExceeded', 'The maximum number of addresses has been reached.')
  }
  const address = { id: ec2.newId('elastic-ip'), publicIp, tags }
  ec2.addresses.putIn(tx, address.id, address)
  return address
}

/** AllocateAddress. @throws AwsError AddressLimitExceeded */
export const allocateAddress = operation<Ec2State, AllocateAddressRequest, AllocateAddressResult>()({
  honours: [...TAGGED],
  handle: async (input, ec2) => {
    const tags = tagsOfNew(input.TagSpecifications, 'elastic-ip')
    const room = await roomFor(ec2, 'addresses')
    const { id, publicIp } = await ec2.deps.store.transact((tx) => {
      room(ec2.addresses.list().length)
      return insertAddress(tx, ec2, tags)
    })
    return {
      AllocationId: id,
      PublicIp: publicIp,
      Domain: 'vpc',
      NetworkBorderGroup: ec2.deps.region,
      PublicIpv4Pool: 'amazon',
    }
  },
})

/** DescribeAddresses. @throws AwsError InvalidAllocationID.NotFound, InvalidAddress.NotFound */
export const describeAddresses = operation<Ec2State, DescribeAddressesRequest, DescribeAddressesResult>()({
  honours: ['AllocationIds', 'PublicIps', ...FILTERED],
  handle: (input, ec2) => {
    for (const ip of input.PublicIps ?? []) addressOf(ec2, { PublicIp: ip })
    const records = byIds('elastic-ip', ec2.addresses.listByAge(), input.AllocationIds).filter(
      ({ publicIp }) => !input.PublicIps || input.PublicIps.includes(publicIp),
    )
    return {
      Addresses: select({ records, filters: input.Filters, table: FILTERS }).map((address) =>
        describe(ec2, address),
      ),
    }
  },
})

/** ReleaseAddress. @throws AwsError MissingParameter, InvalidAllocationID.NotFound, InvalidIPAddress.InUse */
export const releaseAddress = operation<Ec2State, ReleaseAddressRequest, void>()({
  honours: ['AllocationId'],
  handle: async (input, ec2) => {
    const { AllocationId: id } = input
    if (id === undefined) throw missingParameter('AllocationId')
    await ec2.deps.store.transact((tx) => {
      const address = need(ec2.addresses, 'elastic-ip', id)
      if (address.associationId !== undefined) {
        throw new AwsError('InvalidIPAddress.InUse', `Address ${address.publicIp} is in use.`)
      }
      ec2.addresses.deleteIn(tx, address.id)
    })
  },
})

/** DescribeAddressesAttribute: nothing has a name of its own. @throws AwsError InvalidAllocationID.NotFound */
export const describeAddressesAttribute = operation<
  Ec2State,
  DescribeAddressesAttributeRequest,
  DescribeAddressesAttributeResult
>()({
  honours: ['AllocationIds', 'Attribute', 'NextToken', 'MaxResults'],
  handle: (input, ec2) => {
    const records = byIds('elastic-ip', ec2.addresses.listByAge(), input.AllocationIds)
    const { items, token } = paginate(records, { token: input.NextToken, limit: input.MaxResults })
    return {
      Addresses: items.map(({ id, publicIp }) => ({ PublicIp: publicIp, AllocationId: id })),
      NextToken: token,
    }
  },
})

/**
 * AssociateAddress: with an instance or an interface, taking the address from another one where that is allowed.
 * @throws AwsError InvalidAllocationID.NotFound, InvalidAddress.NotFound, MissingParameter, Resource.AlreadyAssociated,
 *   and those of the instance and interface
 */
export const associateAddress = operation<Ec2State, AssociateAddressRequest, AssociateAddressResult>()({
  honours: [
    'AllocationId',
    'PublicIp',
    'InstanceId',
    'NetworkInterfaceId',
    'PrivateIpAddress',
    'AllowReassociation',
  ],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const address = addressOf(ec2, input)
      const instanceId = input.InstanceId && need(ec2.instances, 'instance', input.InstanceId).id
      const target = input.NetworkInterfaceId ?? ec2.instances.get(instanceId ?? '')?.interfaceId
      if (target === undefined) {
        throw new AwsError('MissingParameter', 'Either instance ID or network interface id must be specified')
      }
      const eni = need(ec2.interfaces, 'network-interface', target)
      const isElsewhere = address.interfaceId !== undefined && address.interfaceId !== eni.id
      // "In a VPC, to associate an address that is associated already, reassociation must be allowed."
      if (isElsewhere && input.AllowReassociation !== true) {
        throw new AwsError(
          'Resource.AlreadyAssociated',
          `resource ${address.id} is already associated with associate-id ${address.associationId}`,
        )
      }
      const owner = eni.attachment?.instanceId
      const associationId = `eipassoc-0${ec2.deps.ids.hex(16)}`
      ec2.addresses.putIn(tx, address.id, {
        ...withoutAssociation(address),
        associationId,
        interfaceId: eni.id,
        privateIp: input.PrivateIpAddress ?? eni.primaryIp,
        ...(owner === undefined ? {} : { instanceId: owner }),
      })
      return { AssociationId: associationId }
    })
  },
})

function addressOf(
  ec2: Ec2State,
  { AllocationId: id, PublicIp: ip }: { AllocationId?: string | undefined; PublicIp?: string | undefined },
): AddressRecord {
  if (id !== undefined) return need(ec2.addresses, 'elastic-ip', id)
  if (ip === undefined)
    throw new AwsError('MissingParameter', 'Either public IP or allocation id must be specified')
  const address = ec2.addresses.find('publicIp', ip)
  if (!address) throw new AwsError('InvalidAddress.NotFound', `Address '${ip}' not found.`)
  return address
}

function withoutAssociation(address: AddressRecord): AddressRecord {
  const { associationId: _a, interfaceId: _i, privateIp: _p, instanceId: _n, ...free } = address
  return free
}

/** DisassociateAddress. @throws AwsError InvalidAssociationID.NotFound, InvalidAddress.NotFound, MissingParameter */
export const disassociateAddress = operation<Ec2State, DisassociateAddressRequest, void>()({
  honours: ['AssociationId', 'PublicIp'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const { AssociationId: id, PublicIp: ip } = input
      const address =
        id === undefined
          ? addressOf(ec2, { PublicIp: ip })
          : ec2.addresses.list().find(({ associationId }) => associationId === id)
      if (!address) {
        throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`)
      }
      ec2.addresses.putIn(tx, address.id, withoutAssociation(address))
    })
  },
})
