// Owns the family of a new cluster's Services and pods, and the block of its Services.
// Source: EKS API reference, KubernetesNetworkConfigRequest; user guide, "Learn about IPv6 addresses to clusters, Pods, and
// services". Where no source is named the words are Neargate's: those of AWS were not found.
import type { Subnet } from '@aws-sdk/client-ec2'

import { formatCidr6, parseCidr6 } from '../../../../base/cidr6.ts'
import { defaultServiceCidr, isServiceCidr, overlapping } from '../../../../rules/eks/cluster-network.ts'
import { invalidParameter } from '../errors.ts'
import type { Eks } from '../state.ts'
import { type ClusterSubnets, vpcCidrs } from './network.ts'

/** As DescribeCluster shows it. */
export type ServiceNetwork =
  | { readonly ipFamily: 'ipv4'; readonly serviceIpv4Cidr: string }
  | { readonly ipFamily: 'ipv6'; readonly serviceIpv6Cidr: string }

interface Asked {
  readonly ipFamily?: 'ipv4' | 'ipv6' | undefined
  readonly serviceIpv4Cidr?: string | undefined
}

/** @throws AwsError InvalidParameterException for a family or a block that this cluster can't have in this VPC */
export async function chooseServiceNetwork(
  eks: Eks,
  { vpcId, subnets }: ClusterSubnets,
  { ipFamily = 'ipv4', serviceIpv4Cidr }: Asked,
): Promise<ServiceNetwork> {
  if (ipFamily === 'ipv4') {
    return { ipFamily, serviceIpv4Cidr: await chooseServiceCidr(eks, vpcId, serviceIpv4Cidr) }
  }
  checkFamily(eks, subnets)
  if (serviceIpv4Cidr !== undefined) {
    throw invalidParameter('serviceIpv4Cidr cannot be specified when ipFamily is ipv6')
  }
  // Out of the unique local addresses; nobody can ask for one.
  const { ids } = eks.deps
  const block = parseCidr6(`fd${ids.hex(2)}:${ids.hex(4)}:${ids.hex(4)}::/108`)
  return { ipFamily, serviceIpv6Cidr: formatCidr6(block) }
}

function checkFamily({ deps: { region }, ports }: Eks, subnets: readonly Subnet[]): void {
  if (region.startsWith('cn-')) throw invalidParameter('ipFamily ipv6 is not supported in China Regions')
  if (!ports.host.ipFamilies.includes('ipv6')) {
    throw invalidParameter(
      'Clusters with ipFamily ipv6 are not emulated where pods run in a container engine: start the region with --runtime standin',
    )
  }
  const without = subnets.find(
    ({ Ipv6CidrBlockAssociationSet = [] }) => Ipv6CidrBlockAssociationSet.length === 0,
  )
  if (!without) return
  throw invalidParameter(
    `ipFamily ipv6 requires subnets with IPv6 CIDR blocks: ${without.SubnetId ?? ''} has none`,
  )
}

async function chooseServiceCidr(eks: Eks, vpcId: string, asked: string | undefined): Promise<string> {
  if (asked !== undefined && !isServiceCidr(asked)) {
    throw invalidParameter(
      'Service IPv4 CIDR must be a private address range (10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16) between /24 and /12.',
    )
  }
  const blocks = await vpcCidrs(eks, vpcId)
  if (asked === undefined) return defaultServiceCidr(blocks)
  const used = overlapping(asked, blocks)
  if (used === undefined) return asked
  throw invalidParameter(`The service IPv4 CIDR ${asked} overlaps with the CIDR ${used} of the VPC ${vpcId}`)
}
