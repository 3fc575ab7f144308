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

/** A finding for addresses that are not one of each family at most; `printed` is the list as messages show it. */
export function validateFamilies(
  field: string,
  addresses: readonly string[],
  printed: unknown,
): FieldError[] {
  const families = addresses.map((address) => isIP(address))
  const bad = families.indexOf(0)
  if (bad >= 0) return [unjudged(field, bad)]
  if (new Set(families).size === families.length) return []
  return [invalid(field, printed, 'may specify no more than one IP for each IP family')]
}

// An error of the server's own there, beside what is said of the address.
function unjudged(field: string, bad: number): FieldError {
  const text = `failed to check for dual stack with error:ip[${bad}] is nil`
  return { reason: 'InternalError', field, detail: `Internal error: ${text}` }
}

/** A finding for what is no IP address, or not written in the one way that newer fields take (IsValidIP). */
export function validateCanonicalIp(field: string, value: string): FieldError[] {
  if (isIP(value) !== 6) return validateIp(field, value)
  if (mappedIpv4(value) !== undefined)
    return [invalid(field, value, 'must not be an IPv4-mapped IPv6 address')]
  const canonical = JSON.stringify(canonicalIpv6(value))
  return canonical === JSON.stringify(value)
    ? []
    : [invalid(field, value, `must be in canonical form (${canonical})`)]
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

/** The warnings for an address that has a better form; `value` is one (GetWarningsForIP). */
export function ipWarnings(field: string, value: string): string[] {
  if (isIP(value) !== 6) return []
  const mapped = mappedIpv4(value)
  if (mapped !== undefined) {
    const why = 'will be considered invalid in a future Kubernetes release'
    return [
      `${field}: non-standard IP address ${JSON.stringify(value)} ${why}: use ${JSON.stringify(mapped)}`,
    ]
  }
  const canonical = canonicalIpv6(value)
  if (canonical === value) return []
  const text = `should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`
  return [`${field}: IPv6 address ${JSON.stringify(value)} ${text}`]
}

// An address without zone, as the URL Standard writes it, which is RFC 5952's way.
function canonicalIpv6(value: string): string {
  return new URL(`http://[${value}]`).hostname.slice(1, -1)
}

function mappedIpv4(value: string): string | undefined {
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonicalIpv6(value)) ?? []
  if (high === undefined || low === undefined) return undefined
  return formatIpv4(Number.parseInt(high, 16) * 2 ** 16 + Number.parseInt(low, 16))
}

/**
 * The warnings for a block that has a better form (GetWarningsForCIDR): of IPv4, whose address has bits that its length
 * leaves out; of IPv6, that is not written as RFC 5952 has it.
 */
export function cidrWarnings(field: string, value = ''): string[] {
  const [address = '', length = ''] = value.split('/')
  if (isIP(address) === 6) {
    const canonical = `${canonicalIpv6(address)}/${Number(length)}`
    if (canonical === value) return []
    const form = `should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`
    return [`${field}: IPv6 CIDR value ${JSON.stringify(value)} ${form}`]
  }
  if (isIP(address) !== 4) return []
  const size = 2 ** (32 - Number(length))
  const number = parseIpv4(address)
  if (number % size === 0) return []
  const text = formatIpv4(number - (number % size))
  const choices = `should be "${text}/${length}" or "${address}/32"?`
  return [`${field}: CIDR value ${JSON.stringify(value)} is ambiguous in this context (${choices})`]
}
