// Owns which addresses EKS takes for the Services of a cluster and for who may reach its public endpoint.
// Source: API reference, KubernetesNetworkConfigRequest.serviceIpv4Cidr and VpcConfigRequest.publicAccessCidrs.
import { addressRange } from '../../base/address-range.ts'
import { AddressError, type Cidr, contains, formatCidr, overlaps, parseCidr } from '../../base/cidr.ts'

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(parseCidr)
const DEFAULTS = ['10.100.0.0/16', '172.20.0.0/16']

/** The CIDR; undefined for text that is none, or that has bits beyond its prefix. */
function readCidr(text: string): Cidr | undefined {
  try {
    const cidr = parseCidr(text)
    return formatCidr(cidr) === text ? cidr : undefined
  } catch (error) {
    if (error instanceof AddressError) return undefined
    throw error
  }
}

/** True for a block of private addresses between /24 and /12. */
export function isServiceCidr(text: string): boolean {
  const cidr = readCidr(text)
  const prefix = Number(text.split('/')[1])
  const [address = ''] = text.split('/')
  return (
    cidr !== undefined && prefix >= 12 && prefix <= 24 && PRIVATE.some((block) => contains(block, address))
  )
}

/** The block of a cluster's Services, of whichever family they are; `` where EKS has told none. */
export function serviceCidrOf(network: {
  readonly serviceIpv4Cidr?: string | undefined
  readonly serviceIpv6Cidr?: string | undefined
}): string {
  return network.serviceIpv6Cidr ?? network.serviceIpv4Cidr ?? ''
}

/** The address of the cluster's DNS, the tenth of the block of its Services. @throws AddressError */
export function clusterDnsIp(serviceCidr: string): string {
  return addressRange(serviceCidr).at(10)
}

/** The first block of the VPC that a service CIDR shares addresses with; undefined when there is none. */
export function overlapping(serviceCidr: string, vpcCidrs: readonly string[]): string | undefined {
  return vpcCidrs.find((cidr) => overlaps(parseCidr(cidr), parseCidr(serviceCidr)))
}

/** The service CIDR of a cluster that names none: of the two that EKS has, one that the VPC doesn't use. */
export function defaultServiceCidr(vpcCidrs: readonly string[]): string {
  return DEFAULTS.find((cidr) => overlapping(cidr, vpcCidrs) === undefined) ?? '10.100.0.0/16'
}

/** Those of the CIDRs that nobody on the internet can have, or that are none. */
export function unreachableCidrs(cidrs: readonly string[]): string[] {
  return cidrs.filter((text) => {
    const cidr = readCidr(text)
    return (
      !cidr || (text !== '0.0.0.0/0' && PRIVATE.some((block) => contains(block, text.split('/')[0] ?? '')))
    )
  })
}
