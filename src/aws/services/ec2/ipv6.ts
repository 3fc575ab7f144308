// Owns IPv6 of VPCs and subnets: the blocks that they have, and addresses out of them. They are records: no traffic here
// is IPv6. Source: VPC user guide, "IPv6 VPC CIDR blocks", "Subnet sizing for IPv6".
import type { SubnetIpv6CidrBlockAssociation, VpcIpv6CidrBlockAssociation } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { AddressError } from '../../../base/cidr.ts'
import {
  contains6,
  formatCidr6,
  formatIpv6,
  overlaps6,
  parseCidr6,
  parseIpv6,
  type Cidr6,
} from '../../../base/cidr6.ts'
import { invalidParameterValue } from './errors.ts'
import { addressKey, need, type Ec2State, type SubnetRecord, type VpcCidr, type VpcRecord } from './state.ts'

/** Quota L-085A6257. */
const MOST = 5
/** The first half of the addresses that EC2 gives to VPCs of many regions. */
const AMAZON = '2600:1f14'
const POOL = 'Amazon'

/** A block of a request. @throws AwsError InvalidParameterValue */
export function parseBlock6(text: string): Cidr6 {
  try {
    return parseCidr6(text)
  } catch (error) {
    if (!(error instanceof AddressError)) throw error
    throw invalidParameterValue(
      `Value (${text}) for parameter ipv6CidrBlock is invalid. This is not a valid IPv6 CIDR block.`,
    )
  }
}

type BlockState = 'associated' | 'associating' | 'disassociating'

/** A subnet's block as answers carry it. */
export function showSubnetBlock6({ cidr, associationId }: VpcCidr, State: BlockState) {
  return {
    AssociationId: associationId,
    Ipv6CidrBlock: cidr,
    Ipv6CidrBlockState: { State },
    IpSource: 'amazon',
    Ipv6AddressAttribute: 'public',
  } satisfies SubnetIpv6CidrBlockAssociation
}

/** A VPC's block as answers carry it. */
export function showVpcBlock6(ec2: Ec2State, block: VpcCidr, State: BlockState): VpcIpv6CidrBlockAssociation {
  return {
    ...showSubnetBlock6(block, State),
    Ipv6Pool: POOL,
    NetworkBorderGroup: ec2.deps.region,
  }
}

/** A VPC with one more block of Amazon's, a /56. @throws AwsError CidrLimitExceeded */
export function withAmazonBlock(ec2: Ec2State, vpc: VpcRecord): { vpc: VpcRecord; block: VpcCidr } {
  const present = vpc.cidrs6 ?? []
  if (present.length >= MOST) {
    throw new AwsError(
      'CidrLimitExceeded',
      `This network ${vpc.id} has met its maximum number of allowed CIDRs: ${MOST}`,
    )
  }
  const { ids } = ec2.deps
  const cidr = formatCidr6(parseCidr6(`${AMAZON}:${ids.hex(4)}:${ids.hex(2)}00::/56`))
  const block = { cidr, associationId: `vpc-cidr-assoc-0${ids.hex(16)}` }
  return { vpc: { ...vpc, cidrs6: [...present, block] }, block }
}

/**
 * The block of a new or changed subnet, which must be a free /44 to /64 of its VPC's.
 * @throws AwsError InvalidSubnet.Range, InvalidSubnet.Conflict, InvalidParameterValue
 */
export function subnetBlock6(ec2: Ec2State, vpcId: string, text: string): VpcCidr {
  const block = parseBlock6(text)
  const { cidrs6 = [] } = need(ec2.vpcs, 'vpc', vpcId)
  const isWithin = cidrs6.some(({ cidr }) => contains6(parseCidr6(cidr), block))
  const { prefixLength } = block
  if (!isWithin || prefixLength < 44 || prefixLength > 64 || prefixLength % 4 !== 0) {
    throw new AwsError('InvalidSubnet.Range', `The CIDR '${text}' is invalid.`)
  }
  const isTaken = ec2.subnets
    .list()
    .some(({ vpcId: other, cidr6 }) => other === vpcId && cidr6 && overlaps6(parseCidr6(cidr6.cidr), block))
  if (isTaken) {
    throw new AwsError('InvalidSubnet.Conflict', `The CIDR '${text}' conflicts with another subnet`)
  }
  return { cidr: formatCidr6(block), associationId: `subnet-cidr-assoc-0${ec2.deps.ids.hex(16)}` }
}

/** IPv6 addresses that an interface asks for: these, or so many. */
export type Wanted6 = { readonly ips: readonly string[] } | { readonly count: number }

/**
 * Addresses of a subnet's IPv6 block: those asked for, or some of their own.
 * @throws AwsError InvalidParameterValue, InvalidIPAddress.InUse
 */
export function allocate6(ec2: Ec2State, { id, cidr6 }: SubnetRecord, wanted: Wanted6): readonly string[] {
  const count = 'ips' in wanted ? wanted.ips.length : wanted.count
  if (count === 0) return []
  if (!cidr6) {
    throw invalidParameterValue(`The subnet '${id}' does not have an IPv6 CIDR block.`)
  }
  const block = parseCidr6(cidr6.cidr)
  if ('count' in wanted) {
    const hosts = Array.from({ length: count }, () => BigInt(`0x${ec2.deps.ids.hex(16)}`))
    return hosts.map((host) => formatIpv6(block.first + host))
  }
  return wanted.ips.map((ip) => {
    const address = addressOf(ip)
    if (!contains6(block, { first: address, prefixLength: 128 })) {
      throw invalidParameterValue(`Address ${ip} does not fall within the subnet's address range`)
    }
    const written = formatIpv6(address)
    if (ec2.interfaces.isClaimed('address', addressKey(id, written))) {
      throw new AwsError('InvalidIPAddress.InUse', `Address ${ip} is in use.`)
    }
    return written
  })
}

/** So many prefixes of a subnet's IPv6 block, /80 each. @throws AwsError InvalidParameterValue */
export function allocatePrefixes6(
  ec2: Ec2State,
  { id, cidr6 }: SubnetRecord,
  count: number,
): readonly string[] {
  if (count === 0) return []
  if (!cidr6) throw invalidParameterValue(`The subnet '${id}' does not have an IPv6 CIDR block.`)
  const { first } = parseCidr6(cidr6.cidr)
  const given = new Set<string>()
  while (given.size < count) {
    // A subnet is a /64 or larger; the sixteen bits behind it tell its prefixes apart.
    const number = BigInt(`0x${ec2.deps.ids.hex(4)}`) << 48n
    const prefix = formatCidr6({ first: first + number, prefixLength: 80 })
    if (!ec2.interfaces.isClaimed('address', addressKey(id, prefix))) given.add(prefix)
  }
  return [...given]
}

function addressOf(ip: string): bigint {
  try {
    return parseIpv6(ip)
  } catch (error) {
    if (!(error instanceof AddressError)) throw error
    throw invalidParameterValue(`Value (${ip}) for parameter ipv6Address is invalid. Invalid IPv6 address.`)
  }
}
