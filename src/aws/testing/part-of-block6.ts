// Owns the parts of a VPC's IPv6 block that tests give to subnets.
import { formatCidr6, parseCidr6 } from '../../base/cidr6.ts'

/** The n-th /64 of a block, from 0: whatever of it is left out of its text. */
export function partOfBlock6(cidr: string, index: number): string {
  return formatCidr6({ first: parseCidr6(cidr).first + (BigInt(index) << 64n), prefixLength: 64 })
}
