// Owns IPv4 arithmetic: addresses and CIDR blocks as numbers, membership, the n-th and the first free address.

/** A block of addresses; `first` and `size` in numbers, as `parseIpv4` counts them. */
export interface Cidr {
  readonly first: number
  readonly size: number
  readonly prefixLength: number
}

/** Thrown for text that is no IPv4 address or CIDR block. */
export class AddressError extends Error {
  override readonly name = 'AddressError'
}

/** The address as a number from 0 to 2^32 - 1. @throws AddressError */
export function parseIpv4(text: string): number {
  const parts = text.split('.')
  if (parts.length !== 4) throw new AddressError(`invalid IPv4 address: ${text}`)
  return parts.reduce((sum, part) => {
    // A leading zero would be octal to some and decimal to others, so nobody accepts it.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) {
      throw new AddressError(`invalid IPv4 address: ${text}`)
    }
    return sum * 256 + Number(part)
  }, 0)
}

/** Dotted notation of a number from `parseIpv4`. */
export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

/** Reads `10.0.0.0/16`; bits beyond the prefix are dropped, as EC2 does. @throws AddressError */
export function parseCidr(text: string): Cidr {
  const [address = '', length = '', ...rest] = text.split('/')
  if (rest.length > 0 || !/^\d{1,2}$/.test(length) || Number(length) > 32) {
    throw new AddressError(`invalid CIDR address: ${text}`)
  }
  const prefixLength = Number(length)
  const size = 2 ** (32 - prefixLength)
  const number = parseIpv4(address)
  return { first: number - (number % size), size, prefixLength }
}

/** `10.0.0.0/16` of a block. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIpv4(cidr.first)}/${cidr.prefixLength}`
}

/** Whether the address (text) lies in the block. */
export function contains(cidr: Cidr, ip: string): boolean {
  const number = parseIpv4(ip)
  return number >= cidr.first && number < cidr.first + cidr.size
}

/** Whether two blocks share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size
}

/** The address `index` places after the first of the block; counted from the end when negative. @throws AddressError */
export function nth(cidr: Cidr, index: number): string {
  const offset = index < 0 ? cidr.size + index : index
  if (offset < 0 || offset >= cidr.size) {
    throw new AddressError(`${formatCidr(cidr)} has no address ${index}`)
  }
  return formatIpv4(cidr.first + offset)
}

/**
 * The lowest address of the block that is not taken.
 * @param reserved how many addresses at either end are never given out: EC2 keeps the first four and the last
 *   (VPC user guide, "Subnet sizing"), a service range its first and last.
 * @returns undefined when the block is full.
 */
export function firstFree(
  cidr: Cidr,
  isTaken: (ip: string) => boolean,
  reserved: { readonly first: number; readonly last: number },
): string | undefined {
  for (let offset = reserved.first; offset < cidr.size - reserved.last; offset++) {
    const ip = formatIpv4(cidr.first + offset)
    if (!isTaken(ip)) return ip
  }
  return undefined
}
