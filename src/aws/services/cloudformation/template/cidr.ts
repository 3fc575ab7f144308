// Owns Fn::Cidr: cutting an IPv4 or IPv6 block into equal parts.
import { validationError } from '../errors.ts'

/**
 * `count` blocks of `2^bits` addresses each, from the start of `block`.
 * @throws AwsError ValidationError when the block is too small
 */
export function cidrBlocks(block: string, count: number, bits: number): string[] {
  const [address = '', prefixText = ''] = block.split('/')
  const width = address.includes(':') ? 128 : 32
  const prefix = width - bits
  if (
    !prefixText ||
    prefix < Number(prefixText) ||
    BigInt(count) > 1n << BigInt(prefix - Number(prefixText))
  ) {
    throw validationError(
      `Template error: Fn::Cidr: ${block} cannot be cut into ${count} blocks of ${bits} bits`,
    )
  }
  const start = width === 32 ? parse4(address) : parse6(address)
  return Array.from({ length: count }, (_, index) => {
    const value = start + (BigInt(index) << BigInt(bits))
    return `${width === 32 ? print4(value) : print6(value)}/${prefix}`
  })
}

function parse4(address: string): bigint {
  return address.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n)
}

function print4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
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
