// Owns the choice of subnets for a load balancer (pkg/networking/subnet_resolver.go).
import type { IpAddressType } from '../../rules/load-balancer/ip-address-type.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'

export interface Subnet {
  readonly SubnetId: string
  readonly AvailabilityZone: string
  readonly CidrBlock?: string
  readonly Ipv6CidrBlockAssociationSet?: readonly {
    readonly Ipv6CidrBlock?: string
    readonly Ipv6CidrBlockState?: { readonly State?: string }
  }[]
  readonly AvailableIpAddressCount: number
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
}

const FEWEST_ADDRESSES = 8
const CLUSTER_TAG = 'kubernetes.io/cluster/'

/**
 * One subnet for each zone: none that is tagged for other clusters only, none with fewer than 8 free addresses;
 * in a zone those tagged for this cluster first, then the lowest id. For dualstack those alone that have a block of IPv6.
 * @throws BuildError when none is left.
 */
export function chooseSubnets(
  subnets: readonly Subnet[],
  cluster: string,
  type: IpAddressType = 'ipv4',
): Subnet[] {
  const ours = subnets.filter((subnet) => !isOthers(subnet, cluster))
  const roomy = ours.filter(({ AvailableIpAddressCount }) => AvailableIpAddressCount >= FEWEST_ADDRESSES)
  const fit = type === 'dualstack' ? roomy.filter((subnet) => blocks6(subnet).length > 0) : roomy
  if (fit.length === 0) {
    const others = `${subnets.length - ours.length} are tagged for other clusters`
    const full = `${ours.length - roomy.length} have insufficient available IP addresses`
    const without = `${roomy.length - fit.length} don't have an associated IPv6 CIDR block, which is required for ${type} load balancers`
    const why = type === 'dualstack' ? `${others}, ${full}, and ${without}` : `${others}, and ${full}`
    throw new BuildError(`unable to resolve at least one subnet. Evaluated ${subnets.length} subnets: ${why}`)
  }
  const zones = Map.groupBy(fit, ({ AvailabilityZone }) => AvailabilityZone)
  return [...zones.values()]
    .flatMap((inZone) => inZone.toSorted((a, b) => compare(a, b, cluster)).slice(0, 1))
    .toSorted((a, b) => (a.SubnetId < b.SubnetId ? -1 : 1))
}

/** The IPv6 blocks of a subnet. */
export function blocks6({ Ipv6CidrBlockAssociationSet = [] }: Subnet): string[] {
  return Ipv6CidrBlockAssociationSet.flatMap(({ Ipv6CidrBlock, Ipv6CidrBlockState }) =>
    Ipv6CidrBlock !== undefined && Ipv6CidrBlockState?.State === 'associated' ? [Ipv6CidrBlock] : [],
  )
}

function compare(a: Subnet, b: Subnet, cluster: string): number {
  const difference = Number(isOwn(b, cluster)) - Number(isOwn(a, cluster))
  if (difference !== 0) return difference
  return a.SubnetId < b.SubnetId ? -1 : 1
}

function isOwn({ Tags = [] }: Subnet, cluster: string): boolean {
  return Tags.some(({ Key }) => Key === CLUSTER_TAG + cluster)
}

function isOthers(subnet: Subnet, cluster: string): boolean {
  const hasAny = subnet.Tags?.some(({ Key }) => Key.startsWith(CLUSTER_TAG)) ?? false
  return hasAny && !isOwn(subnet, cluster)
}
