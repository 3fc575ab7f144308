// Owns giving interfaces IPv6 addresses, and taking them back.
import type {
  AssignIpv6AddressesRequest,
  AssignIpv6AddressesResult,
  UnassignIpv6AddressesRequest,
  UnassignIpv6AddressesResult,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { invalidParameterValue } from './errors.ts'
import { allocate6 } from './ipv6.ts'
import { need, type Ec2State } from './state.ts'

/**
 * AssignIpv6Addresses.
 * @throws AwsError InvalidNetworkInterfaceID.NotFound, InvalidParameterValue, InvalidIPAddress.InUse
 */
export const assignIpv6Addresses = operation<
  Ec2State,
  AssignIpv6AddressesRequest,
  AssignIpv6AddressesResult
>()({
  honours: ['NetworkInterfaceId', 'Ipv6Addresses', 'Ipv6AddressCount'],
  handle: async (input, ec2) =>
    await ec2.deps.store.transact((tx) => {
      const eni = need(ec2.interfaces, 'network-interface', input.NetworkInterfaceId)
      const subnet = need(ec2.subnets, 'subnet', eni.subnetId)
      const wanted = input.Ipv6Addresses
        ? { ips: input.Ipv6Addresses }
        : { count: input.Ipv6AddressCount ?? 0 }
      const added = allocate6(ec2, subnet, wanted)
      ec2.interfaces.putIn(tx, eni.id, { ...eni, ips6: [...(eni.ips6 ?? []), ...added] })
      return { NetworkInterfaceId: eni.id, AssignedIpv6Addresses: [...added] }
    }),
})

/** UnassignIpv6Addresses. @throws AwsError InvalidNetworkInterfaceID.NotFound, InvalidParameterValue */
export const unassignIpv6Addresses = operation<
  Ec2State,
  UnassignIpv6AddressesRequest,
  UnassignIpv6AddressesResult
>()({
  honours: ['NetworkInterfaceId', 'Ipv6Addresses'],
  handle: async (input, ec2) =>
    await ec2.deps.store.transact((tx) => {
      const eni = need(ec2.interfaces, 'network-interface', input.NetworkInterfaceId)
      const { ips6 = [] } = eni
      const gone = input.Ipv6Addresses ?? []
      const foreign = gone.find((ip) => !ips6.includes(ip))
      if (foreign !== undefined) {
        throw invalidParameterValue(`Some of [${foreign}] are not assigned to interface ${eni.id}`)
      }
      ec2.interfaces.putIn(tx, eni.id, { ...eni, ips6: ips6.filter((ip) => !gone.includes(ip)) })
      return { NetworkInterfaceId: eni.id, UnassignedIpv6Addresses: gone }
    }),
})
