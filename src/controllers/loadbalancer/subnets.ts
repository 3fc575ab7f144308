// Owns the choice of subnets for a load balancer (pkg/networking/subnet_resolver.go).
import { BuildError } from '../../rules/load-balancer/annotations.ts'

export interface Subnet {
  readonly SubnetId: string
  readonly AvailabilityZone: string
  readonly CidrBlock?: string
  readonly AvailableIpAddressCount: number
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
}

const FEWEST_ADDRESSES = 8
const CLUSTER_TAG = 'kubernetes.io/cluster/'

/**
 * One subnet for each zone: none that is tagged for other clusters only, none with fewer than 8 free addresses;
 * in a zone those tagged for this cluster first, then the lowest id.
 * @throws BuildError when none is left.
 */
export function chooseSubnets(subnets: readonly Subnet[], cluster: string): Subnet[] {
  const ours = subnets.filter((subnet) => !isOthers(subnet, cluster))
  const roomy = ours.filter(({ AvailableIpAddressCount }) => AvailableIpAddressCount >= FEWEST_ADDRESSES)
  if (roomy.length === 0) {
    throw new BuildError(
      `unable to resolve at least one subnet. Evaluated ${subnets.length} subnets: ` +
        `${subnets.length - ours.length} are tagged for other clusters, and ` +
        `${ours.length - roomy.length} have insufficient available IP addresses`,
    )
  }
  const zones = Map.groupBy(roomy, ({ AvailabilityZone }) => AvailabilityZone)
  return [...zones.values()]
    .flatMap((inZone) => inZone.toSorted((a, b) => compare(a, b, cluster)).slice(0, 1))
    .toSorted((a, b) => (a.SubnetId < b.SubnetId ? -1 : 1))
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
