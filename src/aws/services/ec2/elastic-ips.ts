// Owns elastic IP addresses.
import type {
  Address,
  AllocateAddressRequest,
  AllocateAddressResult,
  DescribeAddressesRequest,
  DescribeAddressesResult,
  ReleaseAddressRequest,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { FILTERED, TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { byIds, select, specifiedTags, tagList, type FilterTable } from './filters.ts'
import { need, type AddressRecord, type Ec2State, type Tags } from './state.ts'

const FILTERS: FilterTable<AddressRecord> = {
  'allocation-id': ({ id }) => id,
  'association-id': ({ associationId }) => associationId,
  domain: () => 'vpc',
  'network-interface-id': ({ interfaceId }) => interfaceId,
  'private-ip-address': ({ privateIp }) => privateIp,
  'public-ip': ({ publicIp }) => publicIp,
}

// Documentation addresses, which can never be somebody's host: TEST-NET-3, -2, -1 (RFC 5737).
const BLOCKS = ['203.0.113', '198.51.100', '192.0.2']

function describe(address: AddressRecord): Address {
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
    const tags = specifiedTags(input.TagSpecifications, 'elastic-ip')
    const { id, publicIp } = await ec2.deps.store.transact((tx) => insertAddress(tx, ec2, tags))
    return {
      AllocationId: id,
      PublicIp: publicIp,
      Domain: 'vpc',
      NetworkBorderGroup: ec2.deps.region,
      PublicIpv4Pool: 'amazon',
    }
  },
})

/** DescribeAddresses. @throws AwsError InvalidAllocationID.NotFound */
export const describeAddresses = operation<Ec2State, DescribeAddressesRequest, DescribeAddressesResult>()({
  honours: ['AllocationIds', 'PublicIps', ...FILTERED],
  handle: (input, ec2) => {
    const records = byIds('elastic-ip', ec2.addresses.list(), input.AllocationIds).filter(
      ({ publicIp }) => !input.PublicIps || input.PublicIps.includes(publicIp),
    )
    return {
      Addresses: select({ records, filters: input.Filters, table: FILTERS }).map(describe),
    }
  },
})

/** ReleaseAddress. @throws AwsError InvalidAllocationID.NotFound, InvalidIPAddress.InUse */
export const releaseAddress = operation<Ec2State, ReleaseAddressRequest, void>()({
  honours: ['AllocationId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const address = need(ec2.addresses, 'elastic-ip', input.AllocationId)
      if (address.associationId !== undefined) {
        throw new AwsError('InvalidIPAddress.InUse', `Address ${address.publicIp} is in use.`)
      }
      ec2.addresses.deleteIn(tx, address.id)
    })
  },
})
