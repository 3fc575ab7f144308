// Owns the IPv6 blocks that tests give to a VPC and its subnets.
import type { AssociateVpcCidrBlockResult } from '@aws-sdk/client-ec2'

import { formatCidr6, parseCidr6 } from '../../base/cidr6.ts'

/** The n-th /64 of a block, from 0: whatever of it is left out of its text. */
export function partOfBlock6(cidr: string, index: number): string {
  return formatCidr6({ first: parseCidr6(cidr).first + (BigInt(index) << 64n), prefixLength: 64 })
}

/** Gives a VPC a block, and each subnet a part, out of which interfaces get no address by themselves. @returns the block */
export async function giveBlocks6(
  ec2: <Output>(operation: string, input: object) => Promise<Output>,
  VpcId: string,
  subnetIds: readonly string[],
): Promise<string> {
  const { Ipv6CidrBlockAssociation } = await ec2<AssociateVpcCidrBlockResult>('AssociateVpcCidrBlock', {
    VpcId,
    AmazonProvidedIpv6CidrBlock: true,
  })
  const block = Ipv6CidrBlockAssociation?.Ipv6CidrBlock ?? ''
  for (const [index, SubnetId] of subnetIds.entries()) {
    await ec2('AssociateSubnetCidrBlock', { SubnetId, Ipv6CidrBlock: partOfBlock6(block, index) })
  }
  return block
}
