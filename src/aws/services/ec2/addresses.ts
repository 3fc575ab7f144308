// Owns private addresses: which ones of a subnet are taken, and the next free ones.
import { AwsError } from '../../../base/errors.ts'
import { contains, formatIpv4, isUsable, parseCidr } from './cidr.ts'
import { addressKey, need, type Ec2State } from './state.ts'

// The first four addresses and the last are AWS's own ("Subnet CIDR blocks").
const RESERVED = 4

/** How many addresses of a subnet interfaces hold. */
export function countTaken(ec2: Ec2State, subnetId: string): number {
  return ec2.interfaces.claimed('address', `${subnetId}/`).length
}

/**
 * The lowest free addresses of a subnet, or the ones asked for. Each is looked at by its key, from the place on below
 * which none was free, so that a subnet with thousands of interfaces gives one as fast as an empty one.
 * @throws AwsError InsufficientFreeAddressesInSubnet, InvalidIPAddress.InUse, InvalidParameterValue.
 */
export function allocate(
  ec2: Ec2State,
  subnetId: string,
  wanted: { readonly count: number } | { readonly ips: readonly string[] },
): string[] {
  const range = parseCidr(need(ec2.subnets, 'subnet', subnetId).cidr)
  const isTaken = (ip: string): boolean => ec2.interfaces.isClaimed('address', addressKey(subnetId, ip))
  if ('ips' in wanted) {
    for (const ip of wanted.ips) {
      if (!contains(range, parseCidr(`${ip}/32`)) || !isUsable(range, ip)) {
        throw new AwsError(
          'InvalidParameterValue',
          `Address ${ip} does not fall within the subnet's address range`,
        )
      }
      if (isTaken(ip)) throw new AwsError('InvalidIPAddress.InUse', `Address ${ip} is in use.`)
    }
    return [...wanted.ips]
  }
  const found: string[] = []
  const usable = range.size - RESERVED - 1
  const from = ec2.lowestFree.get(subnetId) ?? 0
  for (let step = 0; step < usable && found.length < wanted.count; step += 1) {
    const place = (from + step) % usable
    const ip = formatIpv4(range.first + RESERVED + place)
    if (isTaken(ip)) continue
    found.push(ip)
    ec2.lowestFree.set(subnetId, place + 1)
  }
  if (found.length < wanted.count) {
    throw new AwsError(
      'InsufficientFreeAddressesInSubnet',
      `The specified subnet does not have enough free addresses to satisfy the request.`,
    )
  }
  return found
}

/** Addresses of a subnet are free again. */
export function noteFree(ec2: Ec2State, subnetId: string, ips: readonly string[]): void {
  const cidr = ec2.subnets.get(subnetId)?.cidr
  const known = ec2.lowestFree.get(subnetId)
  if (cidr === undefined || known === undefined) return
  const { first } = parseCidr(cidr)
  const places = ips.map((ip) => parseCidr(`${ip}/32`).first - first - RESERVED)
  ec2.lowestFree.set(subnetId, Math.min(known, ...places))
}
