// Owns Fn::Cidr: cutting an IPv4 or IPv6 block into equal parts.
import { isIPv4, isIPv6 } from 'node:net'

import { formatCidr, parseCidr } from '../../../../base/cidr.ts'
import { validationError } from '../errors.ts'

/** "Count can be between 1 and 256" (template reference, Fn::Cidr). */
const MAX_COUNT = 256

/**
 * `count` blocks of `2^bits` addresses each, from the start of `block`.
 * @throws AwsError ValidationError when the block is none, or too small
 */
export function cidrBlocks(block: string, count: number, bits: number): string[] {
  const [address = '', length = ''] = block.split('/')
  const width = isIPv4(address) ? 32 : 128
  const isBlock = (width === 32 || isIPv6(address)) && /^\d{1,3}$/.test(length) && Number(length) <= width
  const isCount = Number.isInteger(count) && count >= 1 && count <= MAX_COUNT
  const room = width - bits - Number(length)
  // The words are Neargate's: those of CloudFormation were not found.
  if (!isBlock || !isCount || !Number.isInteger(bits) || bits < 0 || room < 0 || count > 2 ** room) {
    throw validationError(
      `Template error: Fn::Cidr: ${block} cannot be cut into ${count} blocks of ${bits} bits`,
    )
  }
  const indices = Array.from({ length: count }, (_, index) => index)
  return width === 32 ? indices.map((index) => part4(block, index, bits)) : parts6(address, indices, bits)
}

function part4(block: string, index: number, bits: number): string {
  const { first } = parseCidr(block)
  const size = 2 ** bits
  return formatCidr({ first: first + index * size, size, prefixLength: 32 - bits })
}

function parts6(address: string, indices: readonly number[], bits: number): string[] {
  const start = parse6(address)
  return indices.map((index) => `${print6(start + (BigInt(index) << BigInt(bits)))}/${128 - bits}`)
}

function parse6(address: string): bigint {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n)
}

function print6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  )
  return groups.join(':').replace(/(?:^|:)0(?::0)+$/, '::')
}
