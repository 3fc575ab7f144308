// Owns how eksctl lays out a VPC of its own: its block, and which part of it each zone's subnets get.
// Source: eksctl pkg/vpc/vpc.go (SetSubnets, getSubnetNetworkSize, SplitInto), pkg/apis DefaultCIDR and ClusterNATDefault.
import { formatCidr, parseCidr } from '../../base/cidr.ts'

/** The block of a VPC when the file names none. Every cluster gets the same one: VPCs are apart from each other. */
export const DEFAULT_VPC_CIDR = '192.168.0.0/16'
/** How private subnets reach the internet when the file does not say: one NAT gateway for all zones. */
export const DEFAULT_NAT_MODE = 'Single'

export interface SubnetBlocks {
  /** By the order of the zones. */
  readonly public: readonly string[]
  readonly private: readonly string[]
}

/**
 * Splits a VPC's block into equal parts: the first for the public subnets, the next for the private ones, the rest
 * stays free. Eight parts suffice for four zones; sixteen for the eight that eksctl takes at most.
 */
export function subnetBlocks(vpcCidr: string, zoneCount: number): SubnetBlocks {
  const parts = zoneCount * 2 <= 8 ? 8 : 16
  const vpc = parseCidr(vpcCidr)
  const size = vpc.size / parts
  const prefixLength = vpc.prefixLength + Math.log2(parts)
  const block = (part: number): string => formatCidr({ first: vpc.first + part * size, size, prefixLength })
  const zones = Array.from({ length: zoneCount }, (_, index) => index)
  return { public: zones.map(block), private: zones.map((index) => block(zoneCount + index)) }
}
