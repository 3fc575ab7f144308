// Owns arithmetic on IPv4 ranges.
import { isIPv4 } from 'node:net'

import { invalidParameterValue } from './errors.ts'

export interface Cidr {
  /** First address as a number. */
  readonly base: number
  readonly prefix: number
  /** How many addresses. */
  readonly size: number
}

/** An address as a number. */
export function ipToNumber(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** A number as an address. */
export function numberToIp(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}

/** The range of `10.0.0.0/16`. @throws AwsError InvalidParameterValue. */
export function parseCidr(text: string): Cidr {
  const [ip = '', bits = ''] = text.split('/')
  const prefix = Number(bits)
  if (!isIPv4(ip) || !/^\d+$/.test(bits) || prefix > 32) {
    throw invalidParameterValue(
      `Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
    )
  }
  const size = 2 ** (32 - prefix)
  return { base: Math.floor(ipToNumber(ip) / size) * size, prefix, size }
}

/** `10.0.0.0/16` with the host bits cleared. */
export function formatCidr(cidr: Cidr): string {
  return `${numberToIp(cidr.base)}/${cidr.prefix}`
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.base >= outer.base && inner.base + inner.size <= outer.base + outer.size
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + b.size && b.base < a.base + a.size
}

/** True when the address may be given out: AWS keeps the first four and the last of every subnet. */
export function isUsable(cidr: Cidr, ip: string): boolean {
  const value = ipToNumber(ip)
  return value >= cidr.base + 4 && value < cidr.base + cidr.size - 1
}
