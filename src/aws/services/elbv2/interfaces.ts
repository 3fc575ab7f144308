// Owns the network interfaces of load balancers: one in each of their subnets.
import type {
  CreateNetworkInterfaceResult,
  DescribeNetworkInterfacesResult,
  NetworkInterface,
} from '@aws-sdk/client-ec2'
import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2'

import { isAwsCode } from '../../../base/errors.ts'
import type { ServiceDeps } from '../../protocol/service.ts'
import { type LoadBalancerRecord, pathOf } from './state.ts'

/** What has interfaces: a load balancer of either version of the service. */
export interface Placed extends Pick<LoadBalancer, 'AvailabilityZones' | 'SecurityGroups' | 'IpAddressType'> {
  /** That of its interfaces. */
  readonly description: string
}

interface Caller {
  readonly deps: Pick<ServiceDeps, 'caller'>
}

/** `ELB net/NAME/HEX`: how a load balancer's interfaces are told. */
export function descriptionOf(record: LoadBalancerRecord): string {
  return `ELB ${pathOf(record.arn)}`
}

/** Where a load balancer stands. */
export function placeOf(record: LoadBalancerRecord): Placed {
  return { ...record.loadBalancer, description: descriptionOf(record) }
}

async function interfacesOf(elb: Caller, { description }: Placed): Promise<readonly NetworkInterface[]> {
  const answer = await elb.deps.caller.call<DescribeNetworkInterfacesResult>(
    'ec2',
    'DescribeNetworkInterfaces',
    {
      Filters: [{ Name: 'description', Values: [description] }],
    },
  )
  return answer.NetworkInterfaces ?? []
}

/** Makes those that are missing and removes those of subnets it has left. */
export async function syncInterfaces(elb: Caller, placed: Placed): Promise<void> {
  const existing = await interfacesOf(elb, placed)
  const zones = placed.AvailabilityZones ?? []
  const wanted = new Set(zones.map((zone) => zone.SubnetId ?? ''))
  for (const item of existing.filter((item) => !wanted.has(item.SubnetId ?? ''))) await remove(elb, item)
  for (const { SubnetId = '', LoadBalancerAddresses: [own] = [] } of zones) {
    const there = existing.find((item) => item.SubnetId === SubnetId)
    const item = there ?? (await create(elb, placed, { SubnetId, PrivateIpAddress: own?.PrivateIPv4Address }))
    await followType(elb, placed, item)
    const AllocationId = own?.AllocationId
    if (AllocationId === undefined || item?.Association?.AllocationId === AllocationId) continue
    const NetworkInterfaceId = item?.NetworkInterfaceId
    await elb.deps.caller.call('ec2', 'AssociateAddress', { AllocationId, NetworkInterfaceId })
  }
}

// A load balancer may become dualstack, and no longer be.
async function followType(
  elb: Caller,
  { IpAddressType }: Placed,
  item: NetworkInterface | undefined,
): Promise<void> {
  const { NetworkInterfaceId, Ipv6Addresses: present = [] } = item ?? {}
  if (IpAddressType === 'dualstack' && present.length === 0) {
    await elb.deps.caller.call('ec2', 'AssignIpv6Addresses', { NetworkInterfaceId, Ipv6AddressCount: 1 })
  } else if (IpAddressType !== 'dualstack' && present.length > 0) {
    const Ipv6Addresses = present.map(({ Ipv6Address }) => Ipv6Address)
    await elb.deps.caller.call('ec2', 'UnassignIpv6Addresses', { NetworkInterfaceId, Ipv6Addresses })
  }
}

async function create(
  elb: Caller,
  { SecurityGroups: Groups, IpAddressType, description }: Placed,
  place: { readonly SubnetId: string; readonly PrivateIpAddress: string | undefined },
): Promise<NetworkInterface | undefined> {
  const { SubnetId, PrivateIpAddress } = place
  const answer = await elb.deps.caller.call<CreateNetworkInterfaceResult>('ec2', 'CreateNetworkInterface', {
    SubnetId,
    Description: description,
    ...(Groups ? { Groups } : {}),
    ...(PrivateIpAddress === undefined ? {} : { PrivateIpAddress }),
    ...(IpAddressType === 'dualstack' ? { Ipv6AddressCount: 1 } : {}),
  })
  return answer.NetworkInterface
}

/** The private address of its first one. */
export async function firstAddress(elb: Caller, placed: Placed): Promise<string | undefined> {
  const [first] = await interfacesOf(elb, placed)
  return first?.PrivateIpAddress
}

/** Removes all of them. */
export async function removeInterfaces(elb: Caller, placed: Placed): Promise<void> {
  for (const item of await interfacesOf(elb, placed)) await remove(elb, item)
}

async function remove(elb: Caller, item: NetworkInterface): Promise<void> {
  try {
    await elb.deps.caller.call('ec2', 'DeleteNetworkInterface', {
      NetworkInterfaceId: item.NetworkInterfaceId,
    })
  } catch (error) {
    if (!isAwsCode(error, 'InvalidNetworkInterfaceID.NotFound')) throw error
  }
}
