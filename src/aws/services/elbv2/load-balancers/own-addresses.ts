// Owns the addresses that a request gives a Network Load Balancer in its subnets: Elastic IPs, or private ones.
import type { DescribeAddressesResult, DescribeNetworkInterfacesResult, Subnet } from '@aws-sdk/client-ec2'
import type { LoadBalancerAddress } from '@aws-sdk/client-elastic-load-balancing-v2'

import { contains, parseCidr } from '../../../../base/cidr.ts'
import { AwsError, isRefusal } from '../../../../base/errors.ts'
import { validationError } from '../errors.ts'
import type { Elb } from '../state.ts'

/** One subnet of a request, with the address that the load balancer is to have there. */
export interface SubnetMapping {
  readonly SubnetId?: string | undefined
  readonly AllocationId?: string | undefined
  readonly PrivateIPv4Address?: string | undefined
}

/** Of the load balancer. */
export interface Owner {
  readonly kind: 'application' | 'network'
  readonly scheme: string
  readonly IpAddressType?: 'ipv4' | 'dualstack'
  /** `ELB net/NAME/ID` of its interfaces, whose addresses are its own already; absent while it is made. */
  readonly description?: string
}

/**
 * The address in a subnet as responses show it; none where AWS chooses.
 * @throws AwsError AllocationIdNotFound, ResourceInUse, InvalidConfigurationRequest, ValidationError
 */
export async function addressesIn(
  elb: Elb,
  owner: Owner,
  { mapping, subnet }: { readonly mapping: SubnetMapping; readonly subnet: Subnet },
): Promise<LoadBalancerAddress[]> {
  const { AllocationId, PrivateIPv4Address } = mapping
  if (AllocationId === undefined && PrivateIPv4Address === undefined) return []
  if (owner.kind === 'application') {
    throw validationError('Addresses of subnets cannot be specified for application load balancers')
  }
  if (AllocationId !== undefined) {
    if (owner.scheme === 'internal') {
      throw new AwsError(
        'InvalidConfigurationRequest',
        'Elastic IP addresses cannot be specified for internal load balancers',
      )
    }
    return [{ AllocationId, IpAddress: await publicAddress(elb, AllocationId, owner) }]
  }
  if (owner.scheme !== 'internal') {
    throw new AwsError(
      'InvalidConfigurationRequest',
      'Private IPv4 addresses can be specified for internal load balancers only',
    )
  }
  await requireFree(elb, { ip: PrivateIPv4Address ?? '', subnet, owner })
  return [{ PrivateIPv4Address }]
}

async function publicAddress(elb: Elb, allocationId: string, owner: Owner): Promise<string> {
  const { Addresses = [] } = await elb.deps.caller
    .call<DescribeAddressesResult>('ec2', 'DescribeAddresses', { AllocationIds: [allocationId] })
    .catch((error: unknown) => {
      if (!isRefusal(error)) throw error
      throw new AwsError('AllocationIdNotFound', `The allocation IDs '${allocationId}' do not exist`)
    })
  const [address] = Addresses
  const holder = address?.NetworkInterfaceId
  if (
    holder !== undefined &&
    !(await isOwn(elb, owner, [{ Name: 'network-interface-id', Values: [holder] }]))
  ) {
    throw new AwsError('ResourceInUse', `The allocation IDs '${allocationId}' are currently in use`)
  }
  return address?.PublicIp ?? ''
}

async function requireFree(
  elb: Elb,
  { ip, subnet, owner }: { readonly ip: string; readonly subnet: Subnet; readonly owner: Owner },
): Promise<void> {
  const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(ip)
  if (!isAddress || !contains(parseCidr(subnet.CidrBlock ?? ''), ip)) {
    throw validationError(`The private IPv4 address '${ip}' is not in the subnet '${subnet.SubnetId}'`)
  }
  const filters = [
    { Name: 'addresses.private-ip-address', Values: [ip] },
    { Name: 'vpc-id', Values: [subnet.VpcId ?? ''] },
  ]
  if (!(await isOwn(elb, owner, filters))) {
    throw new AwsError('ResourceInUse', `The private IPv4 address '${ip}' is currently in use`)
  }
}

// Also true where no interface has it.
async function isOwn(elb: Elb, { description }: Owner, Filters: readonly object[]): Promise<boolean> {
  const { NetworkInterfaces = [] } = await elb.deps.caller.call<DescribeNetworkInterfacesResult>(
    'ec2',
    'DescribeNetworkInterfaces',
    { Filters },
  )
  return NetworkInterfaces.every((each) => description !== undefined && each.Description === description)
}
