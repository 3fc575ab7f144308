// Owns private addresses: which ones of a subnet are taken, and the next free ones.
import { AwsError } from '../../../base/errors.ts'
import { contains, formatIpv4, isUsable, parseCidr } from './cidr.ts'
import { need, type Ec2State } from './state.ts'

/** Addresses of a subnet that interfaces hold. */
export function takenAddresses(ec2: Ec2State, subnetId: string): Set<string> {
  return new Set(
    ec2.interfaces
      .list()
      .filter((each) => each.subnetId === subnetId)
      .flatMap(({ primaryIp, secondaryIps }) => [primaryIp, ...secondaryIps]),
  )
}

/**
 * The lowest free addresses of a subnet, or the ones asked for.
 * @throws AwsError InsufficientFreeAddressesInSubnet, InvalidIPAddress.InUse, InvalidParameterValue.
 */
export function allocate(
  ec2: Ec2State,
  subnetId: string,
  wanted: { readonly count: number } | { readonly ips: readonly string[] },
): string[] {
  const range = parseCidr(need(ec2.subnets, 'subnet', subnetId).cidr)
  const taken = takenAddresses(ec2, subnetId)
  if ('ips' in wanted) {
    for (const ip of wanted.ips) {
      if (!contains(range, parseCidr(`${ip}/32`)) || !isUsable(range, ip)) {
        throw new AwsError(
          'InvalidParameterValue',
          `Address ${ip} does not fall within the subnet's address range`,
        )
      }
      if (taken.has(ip)) throw new AwsError('InvalidIPAddress.InUse', `Address ${ip} is in use.`)
    }
    return [...wanted.ips]
  }
  const found: string[] = []
  // The first four addresses and the last are AWS's own ("Subnet CIDR blocks").
  for (let at = range.first + 4; at < range.first + range.size - 1 && found.length < wanted.count; at++) {
    const ip = formatIpv4(at)
    if (!taken.has(ip)) found.push(ip)
  }
  if (found.length < wanted.count) {
    throw new AwsError(
      'InsufficientFreeAddressesInSubnet',
      `The specified subnet does not have enough free addresses to satisfy the request.`,
    )
  }
  return found
}
