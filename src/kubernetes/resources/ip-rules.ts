// Owns the rules for IP addresses and CIDRs in fields. Source: apimachinery pkg/util/validation/ip.go,
// kubernetes pkg/apis/core/validation (ValidateNonSpecialIP).
import { BlockList, isIP } from 'node:net'

import { formatIpv4, parseIpv4 } from '../../base/cidr.ts'
import { invalid, type FieldError } from './field-error.ts'
import { IP_PROBLEM } from './naming.ts'

const BLOCK = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

/** A finding for what is no IP address. */
export function validateIp(field: string, value: string): FieldError[] {
  return isIP(value) ? [] : [invalid(field, value, IP_PROBLEM)]
}

/** A finding for what is no CIDR. */
export function validateCidr(field: string, value: string): FieldError[] {
  const [address = '', length = '', ...more] = value.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  const fits = /^\d{1,3}$/.test(length) && Number(length) <= bits
  return fits && more.length === 0 ? [] : [invalid(field, value, BLOCK)]
}

/** Findings for an address that traffic is sent to: no unspecified, loopback, link-local or multicast one. */
export function validateEndpointIp(field: string, value: string): FieldError[] {
  if (!isIP(value)) return validateIp(field, value)
  const special = SPECIAL.find(([pattern]) => pattern.test(value.toLowerCase()))
  return special ? [invalid(field, value, special[1])] : []
}

const SPECIAL: readonly (readonly [pattern: RegExp, detail: string])[] = [
  [/^(0\.0\.0\.0|::)$/, 'may not be unspecified (0.0.0.0 or ::)'],
  [/^(127\.|::1$)/, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [/^(169\.254\.|fe[89ab].:)/, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [/^(224\.0\.0\.|ff.2:)/, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
]

/** True when a block lies within another and is smaller than it; both must be CIDRs. */
export function cidrContains(outer: string, inner: string): boolean {
  const [outerAddress = '', outerLength = '0'] = outer.split('/')
  const [innerAddress = '', innerLength = '0'] = inner.split('/')
  if (isIP(outerAddress) !== isIP(innerAddress) || Number(outerLength) >= Number(innerLength)) return false
  const family = isIP(outerAddress) === 4 ? 'ipv4' : 'ipv6'
  const block = new BlockList()
  block.addSubnet(outerAddress, Number(outerLength), family)
  return block.check(innerAddress, family)
}

/** A warning for an IPv4 block whose address has bits that its length leaves out (GetWarningsForCIDR). */
export function cidrWarnings(field: string, value = ''): string[] {
  const [address = '', length = ''] = value.split('/')
  if (isIP(address) !== 4) return []
  const size = 2 ** (32 - Number(length))
  const number = parseIpv4(address)
  if (number % size === 0) return []
  const text = formatIpv4(number - (number % size))
  const choices = `should be "${text}/${length}" or "${address}/32"?`
  return [`${field}: CIDR value ${JSON.stringify(value)} is ambiguous in this context (${choices})`]
}
