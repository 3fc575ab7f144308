// Owns the network interfaces of load balancers: one in each of their subnets.
import type {
  CreateNetworkInterfaceResult,
  DescribeNetworkInterfacesResult,
  NetworkInterface,
} from '@aws-sdk/client-ec2'

import { isAwsCode } from '../../../base/errors.ts'
import { type Elb, type LoadBalancerRecord, pathOf } from './state.ts'

/** `ELB net/NAME/HEX`: how a load balancer's interfaces are told. */
export function descriptionOf(record: LoadBalancerRecord): string {
  return `ELB ${pathOf(record.arn)}`
}

async function interfacesOf(elb: Elb, record: LoadBalancerRecord): Promise<readonly NetworkInterface[]> {
  const answer = await elb.deps.caller.call<DescribeNetworkInterfacesResult>(
    'ec2',
    'DescribeNetworkInterfaces',
    {
      Filters: [{ Name: 'description', Values: [descriptionOf(record)] }],
    },
  )
  return answer.NetworkInterfaces ?? []
}

/** Makes those that are missing and removes those of subnets it has left. */
export async function syncInterfaces(elb: Elb, record: LoadBalancerRecord): Promise<void> {
  const existing = await interfacesOf(elb, record)
  const zones = record.loadBalancer.AvailabilityZones ?? []
  const wanted = new Set(zones.map((zone) => zone.SubnetId ?? ''))
  for (const item of existing.filter((item) => !wanted.has(item.SubnetId ?? ''))) await remove(elb, item)
  for (const { SubnetId = '', LoadBalancerAddresses: [own] = [] } of zones) {
    const there = existing.find((item) => item.SubnetId === SubnetId)
    const item = there ?? (await create(elb, record, { SubnetId, PrivateIpAddress: own?.PrivateIPv4Address }))
    await followType(elb, record, item)
    const AllocationId = own?.AllocationId
    if (AllocationId === undefined || item?.Association?.AllocationId === AllocationId) continue
    const NetworkInterfaceId = item?.NetworkInterfaceId
    await elb.deps.caller.call('ec2', 'AssociateAddress', { AllocationId, NetworkInterfaceId })
  }
}

// A load balancer may become dualstack, and no longer be.
async function followType(
  elb: Elb,
  { loadBalancer: { IpAddressType } }: LoadBalancerRecord,
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
  elb: Elb,
  record: LoadBalancerRecord,
  place: { readonly SubnetId: string; readonly PrivateIpAddress: string | undefined },
): Promise<NetworkInterface | undefined> {
  const { SecurityGroups: Groups, IpAddressType } = record.loadBalancer
  const { SubnetId, PrivateIpAddress } = place
  const answer = await elb.deps.caller.call<CreateNetworkInterfaceResult>('ec2', 'CreateNetworkInterface', {
    SubnetId,
    Description: descriptionOf(record),
    ...(Groups ? { Groups } : {}),
    ...(PrivateIpAddress === undefined ? {} : { PrivateIpAddress }),
    ...(IpAddressType === 'dualstack' ? { Ipv6AddressCount: 1 } : {}),
  })
  return answer.NetworkInterface
}

/** The private address of its first one. */
export async function firstAddress(elb: Elb, record: LoadBalancerRecord): Promise<string | undefined> {
  const [first] = await interfacesOf(elb, record)
  return first?.PrivateIpAddress
}

/** Removes all of them. */
export async function removeInterfaces(elb: Elb, record: LoadBalancerRecord): Promise<void> {
  for (const item of await interfacesOf(elb, record)) await remove(elb, item)
}

async function remove(elb: Elb, item: NetworkInterface): Promise<void> {
  try {
    await elb.deps.caller.call('ec2', 'DeleteNetworkInterface', {
      NetworkInterfaceId: item.NetworkInterfaceId,
    })
  } catch (error) {
    if (!isAwsCode(error, 'InvalidNetworkInterfaceID.NotFound')) throw error
  }
}
