// Owns which blocks EKS takes for hybrid nodes and for their pods.
// Source: EKS API reference, RemoteNetworkConfigRequest. The words are those of EKS (aws/aws-cdk#33767; measured against
// CreateCluster in cdk-preflight's rules for AWS::EKS::Cluster, 2026-09-25).
import { AddressError, type Cidr, formatCidr, overlaps, parseCidr } from '../../base/cidr.ts'

const ALLOWED = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map(parseCidr)

/** Both kinds of networks, as blocks. */
export interface RemoteNetworks {
  readonly nodes: readonly string[]
  readonly pods: readonly string[]
}

/** What is in use on the other side. `serviceCidr` is undefined where EKS chooses it later. */
interface Taken {
  readonly vpcCidrs: readonly string[]
  readonly serviceCidr: string | undefined
}

/** What EKS refuses of the networks, in its words; undefined when nothing. */
export function remoteNetworkFault({ nodes, pods }: RemoteNetworks, taken: Taken): string | undefined {
  if (nodes.length === 0) return 'remoteNodeNetworks are required when specifying remoteNetworkConfig.'
  const seen: string[] = []
  for (const [kind, blocks] of Object.entries({ node: nodes, pod: pods })) {
    for (const text of blocks) {
      const fault = blockFault(text, taken, seen)
      if (fault !== undefined) return `Invalid remote ${kind} network: CIDR ${text} ${fault}`
      seen.push(text)
    }
  }
  return undefined
}

function blockFault(
  text: string,
  { vpcCidrs, serviceCidr }: Taken,
  seen: readonly string[],
): string | undefined {
  const block = readBlock(text)
  // A block that is none is in none of the ranges either.
  if (!block || !ALLOWED.some((range) => isWithin(block, range))) return 'is not part of RFC 1918 or CGNAT'
  const meets = (other: string): boolean => overlaps(parseCidr(other), block)
  const vpcCidr = vpcCidrs.find(meets)
  if (vpcCidr !== undefined) return `overlaps with VPC CIDR ${vpcCidr}`
  if (serviceCidr !== undefined && meets(serviceCidr)) return `overlaps with service CIDR ${serviceCidr}`
  const earlier = seen.find(meets)
  return earlier === undefined ? undefined : `overlaps with already existing CIDR ${earlier}`
}

function isWithin(inner: Cidr, outer: Cidr): boolean {
  return inner.prefixLength >= outer.prefixLength && overlaps(inner, outer)
}

function readBlock(text: string): Cidr | undefined {
  try {
    const block = parseCidr(text)
    return formatCidr(block) === text ? block : undefined
  } catch (error) {
    if (error instanceof AddressError) return undefined
    throw error
  }
}
