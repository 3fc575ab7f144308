// Owns CIDR blocks as EC2 judges them; the arithmetic is the network's.
import { AddressError, type Cidr, parseCidr as parse, parseIpv4 } from '../../../base/cidr.ts'
import { invalidParameterValue } from './errors.ts'

export { formatCidr, formatIpv4, overlaps, type Cidr } from '../../../base/cidr.ts'

/** The range of `10.0.0.0/16`. @param name of the parameter that has it @throws AwsError InvalidParameterValue. */
export function parseCidr(text: string, name = 'cidrBlock'): Cidr {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof AddressError)) throw error
    throw invalidParameterValue(
      `Value (${text}) for parameter ${name} is invalid. This is not a valid CIDR block.`,
    )
  }
}

/** Whether a block lies within another. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.first >= outer.first && inner.first + inner.size <= outer.first + outer.size
}

/** True when the address may be given out: AWS keeps the first four and the last of every subnet. */
export function isUsable(cidr: Cidr, ip: string): boolean {
  const value = parseIpv4(ip)
  return value >= cidr.first + 4 && value < cidr.first + cidr.size - 1
}
