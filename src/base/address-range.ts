// Owns a block of addresses of either family as a row of numbered places: which address is the n-th, and which n an address is.
import { isIP } from 'node:net'

import { AddressError, formatCidr, formatIpv4, parseCidr, parseIpv4 } from './cidr.ts'
import { formatCidr6, formatIpv6, parseCidr6, parseIpv6 } from './cidr6.ts'

/** As Kubernetes writes it. */
export type IpFamily = 'IPv4' | 'IPv6'

export interface AddressRange {
  /** `10.100.0.0/16`, `fd30:3087:b6c2::/108` */
  readonly cidr: string
  readonly family: IpFamily
  /** How many addresses there are; beyond 2^53 no more exact. */
  readonly size: number
  /** The n-th address, from 0. */
  at(index: number): string
  /** Which one the address is; undefined for one of elsewhere, of the other family, and for text that is none. */
  indexOf(ip: string): number | undefined
}

/** The family of an address or a block. */
export function familyOf(text: string): IpFamily {
  return text.includes(':') ? 'IPv6' : 'IPv4'
}

/** The block of a text. @throws AddressError */
export function addressRange(text: string): AddressRange {
  return familyOf(text) === 'IPv4' ? range4(text) : range6(text)
}

/** The one way to write an address, for comparing (RFC 5952); text that is no address stays. */
export function canonicalIp(text: string): string {
  return isIP(text) === 6 && !text.includes('.') && !text.includes('%') ? formatIpv6(parseIpv6(text)) : text
}

function range4(text: string): AddressRange {
  const block = parseCidr(text)
  return {
    cidr: formatCidr(block),
    family: 'IPv4',
    size: block.size,
    at: (index) => formatIpv4(block.first + index),
    indexOf: (ip) => within(() => parseIpv4(ip) - block.first, block.size),
  }
}

function range6(text: string): AddressRange {
  const block = parseCidr6(text)
  const size = 2 ** (128 - block.prefixLength)
  return {
    cidr: formatCidr6(block),
    family: 'IPv6',
    size,
    at: (index) => formatIpv6(block.first + BigInt(index)),
    indexOf: (ip) => within(() => Number(parseIpv6(ip) - block.first), size),
  }
}

function within(offset: () => number, size: number): number | undefined {
  try {
    const index = offset()
    return index >= 0 && index < size ? index : undefined
  } catch (error) {
    if (error instanceof AddressError) return undefined
    throw error
  }
}
