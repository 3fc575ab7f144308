// Owns giving interfaces IPv6 addresses, and taking them back.
import type {
  AssignIpv6AddressesRequest,
  AssignIpv6AddressesResult,
  UnassignIpv6AddressesRequest,
  UnassignIpv6AddressesResult,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { invalidParameterValue } from './errors.ts'
import { allocate6, allocatePrefixes6 } from './ipv6.ts'
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
  honours: ['NetworkInterfaceId', 'Ipv6Addresses', 'Ipv6AddressCount', 'Ipv6PrefixCount'],
  handle: async (input, ec2) =>
    await ec2.deps.store.transact((tx) => {
      const eni = need(ec2.interfaces, 'network-interface', input.NetworkInterfaceId)
      const subnet = need(ec2.subnets, 'subnet', eni.subnetId)
      const wanted = input.Ipv6Addresses
        ? { ips: input.Ipv6Addresses }
        : { count: input.Ipv6AddressCount ?? 0 }
      const added = allocate6(ec2, subnet, wanted)
      const prefixes = allocatePrefixes6(ec2, subnet, input.Ipv6PrefixCount ?? 0)
      ec2.interfaces.putIn(tx, eni.id, {
        ...eni,
        ...(added.length > 0 && { ips6: [...(eni.ips6 ?? []), ...added] }),
        ...(prefixes.length > 0 && { prefixes6: [...(eni.prefixes6 ?? []), ...prefixes] }),
      })
      return {
        NetworkInterfaceId: eni.id,
        AssignedIpv6Addresses: [...added],
        ...(prefixes.length > 0 && { AssignedIpv6Prefixes: [...prefixes] }),
      }
    }),
})

/** The first IPv6 prefix of an interface, which gets one where it has none. @throws AwsError InvalidParameterValue */
export async function ensurePrefix6(ec2: Ec2State, interfaceId: string): Promise<string> {
  return await ec2.deps.store.transact((tx) => {
    const eni = need(ec2.interfaces, 'network-interface', interfaceId)
    const [present] = eni.prefixes6 ?? []
    if (present !== undefined) return present
    const [prefix = ''] = allocatePrefixes6(ec2, need(ec2.subnets, 'subnet', eni.subnetId), 1)
    ec2.interfaces.putIn(tx, eni.id, { ...eni, prefixes6: [prefix] })
    return prefix
  })
}

/** UnassignIpv6Addresses. @throws AwsError InvalidNetworkInterfaceID.NotFound, InvalidParameterValue */
export const unassignIpv6Addresses = operation<
  Ec2State,
  UnassignIpv6AddressesRequest,
  UnassignIpv6AddressesResult
>()({
  honours: ['NetworkInterfaceId', 'Ipv6Addresses', 'Ipv6Prefixes'],
  handle: async (input, ec2) =>
    await ec2.deps.store.transact((tx) => {
      const eni = need(ec2.interfaces, 'network-interface', input.NetworkInterfaceId)
      const { ips6 = [], prefixes6 = [] } = eni
      const { Ipv6Addresses: gone = [], Ipv6Prefixes: gonePrefixes = [] } = input
      const present = [...ips6, ...prefixes6]
      const foreign = [...gone, ...gonePrefixes].find((each) => !present.includes(each))
      if (foreign !== undefined) {
        throw invalidParameterValue(`Some of [${foreign}] are not assigned to interface ${eni.id}`)
      }
      ec2.interfaces.putIn(tx, eni.id, {
        ...eni,
        ips6: ips6.filter((ip) => !gone.includes(ip)),
        prefixes6: prefixes6.filter((prefix) => !gonePrefixes.includes(prefix)),
      })
      return {
        NetworkInterfaceId: eni.id,
        UnassignedIpv6Addresses: gone,
        ...(gonePrefixes.length > 0 && { UnassignedIpv6Prefixes: gonePrefixes }),
      }
    }),
})
