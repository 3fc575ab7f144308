// Owns IPv6 arithmetic: addresses and CIDR blocks as numbers, membership, and the one way to write each (RFC 5952).
import { isIPv6 } from 'node:net'

import { AddressError } from './cidr.ts'

const BITS = 128
const GROUPS = 8

/** A block of addresses, as `parseIpv6` counts them. */
export interface Cidr6 {
  readonly first: bigint
  readonly prefixLength: number
}

/** The address as a number from 0 to 2^128 - 1. @throws AddressError */
export function parseIpv6(text: string): bigint {
  if (!isIPv6(text) || text.includes('%') || text.includes('.')) {
    throw new AddressError(`invalid IPv6 address: ${text}`)
  }
  const [head = '', tail] = text.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: GROUPS - before.length - after.length }, () => '0')
  const groups = [...before, ...zeros, ...after]
  return groups.reduce((sum, group) => sum * 0x1_0000n + BigInt(`0x${group}`), 0n)
}

/** `2600:1f14::1` of a number from `parseIpv6`: the longest run of zeros is left out. */
export function formatIpv6(address: bigint): string {
  const groups = Array.from({ length: GROUPS }, (_none, index) =>
    ((address >> BigInt(16 * (GROUPS - 1 - index))) & 0xffffn).toString(16),
  ).join(':')
  const [longest] = [...groups.matchAll(/\b0(:0)+\b/g)].toSorted(([a], [b]) => b.length - a.length)
  if (!longest) return groups
  const after = groups.slice(longest.index + longest[0].length)
  return `${groups.slice(0, longest.index)}::${after}`.replace(/:{3,}/, '::')
}

function sizeOf({ prefixLength }: Cidr6): bigint {
  return 1n << BigInt(BITS - prefixLength)
}

/** Reads `2600:1f14::/56`; bits beyond the prefix are dropped. @throws AddressError */
export function parseCidr6(text: string): Cidr6 {
  const [address = '', length = '', ...rest] = text.split('/')
  const prefixLength = Number(length)
  if (rest.length > 0 || !/^\d{1,3}$/.test(length) || prefixLength > BITS) {
    throw new AddressError(`invalid CIDR address: ${text}`)
  }
  const number = parseIpv6(address)
  const block = { first: 0n, prefixLength }
  return { first: number - (number % sizeOf(block)), prefixLength }
}

/** `2600:1f14::/56` of a block. */
export function formatCidr6({ first, prefixLength }: Cidr6): string {
  return `${formatIpv6(first)}/${prefixLength}`
}

/** Whether a block lies within another, or is the same. */
export function contains6(outer: Cidr6, inner: Cidr6): boolean {
  return inner.first >= outer.first && inner.first + sizeOf(inner) <= outer.first + sizeOf(outer)
}

/** Whether two blocks share an address. */
export function overlaps6(a: Cidr6, b: Cidr6): boolean {
  return a.first < b.first + sizeOf(b) && b.first < a.first + sizeOf(a)
}
