// Owns IP addresses and CIDR blocks in CEL. Source: apiserver pkg/cel/library/{ip,cidr}.go.
import { BlockList, isIP, SocketAddress } from 'node:net'

import type { Environment } from '@marcbachmann/cel-js'

import { CelError } from '../errors.ts'

class Ip {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

class CidrBlock {
  readonly ip: Ip
  readonly length: number

  constructor(ip: Ip, length: number) {
    this.ip = ip
    this.length = length
  }
}

/** Namespace of `ip.isCanonical`. */
class IpFunctions {}

const IP = 'net.IP'
const CIDR = 'net.CIDR'

/** Registers `ip`, `isIP`, `cidr`, `isCIDR` and what addresses and blocks can be asked. */
export function registerNetwork(environment: Environment): void {
  registerTypes(environment)
  registerAddresses(environment)
  registerBlocks(environment)
}

function registerTypes(environment: Environment): void {
  environment
    .registerType(IP, { ctor: Ip, fields: {} })
    .registerType(CIDR, { ctor: CidrBlock, fields: {} })
    .registerType('IpFunctions', { ctor: IpFunctions, fields: {} })
    .registerConstant('ip', 'IpFunctions', new IpFunctions())
    .registerOperator(`${IP} == ${IP}`, (a: Ip, b: Ip) => a.text === b.text)
    .registerOperator(`${CIDR} == ${CIDR}`, (a: CidrBlock, b: CidrBlock) => format(a) === format(b))
}

function registerAddresses(environment: Environment): void {
  environment
    .registerFunction(`ip(string): ${IP}`, parseIp)
    .registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0)
    .registerFunction(`string(${IP}): string`, ({ text }: Ip) => text)
    .registerFunction(
      'IpFunctions.isCanonical(string): bool',
      (_ip: IpFunctions, text: string) => parseIp(text).text === text,
    )
    .registerFunction(`${IP}.family(): int`, ({ text }: Ip) => BigInt(isIP(text)))
    .registerFunction(`${IP}.isUnspecified(): bool`, ({ text }: Ip) => text === '0.0.0.0' || text === '::')
    .registerFunction(`${IP}.isLoopback(): bool`, (ip: Ip) => isIn(ip, '127.0.0.0/8', '::1/128'))
    .registerFunction(`${IP}.isLinkLocalMulticast(): bool`, (ip: Ip) => isIn(ip, '224.0.0.0/24', 'ff02::/16'))
    .registerFunction(`${IP}.isLinkLocalUnicast(): bool`, (ip: Ip) => isIn(ip, '169.254.0.0/16', 'fe80::/10'))
    .registerFunction(
      `${IP}.isGlobalUnicast(): bool`,
      (ip: Ip) =>
        !isIn(ip, '127.0.0.0/8', '::1/128', '224.0.0.0/4', 'ff00::/8', '169.254.0.0/16', 'fe80::/10') &&
        !['0.0.0.0', '255.255.255.255', '::'].includes(ip.text),
    )
}

function registerBlocks(environment: Environment): void {
  environment
    .registerFunction(`cidr(string): ${CIDR}`, parseCidr)
    .registerFunction('isCIDR(string): bool', isCidr)
    .registerFunction(`string(${CIDR}): string`, format)
    .registerFunction(`${CIDR}.containsIP(${IP}): bool`, (block: CidrBlock, ip: Ip) =>
      isIn(ip, format(block)),
    )
    .registerFunction(`${CIDR}.containsIP(string): bool`, (block: CidrBlock, text: string) =>
      isIn(parseIp(text), format(block)),
    )
    .registerFunction(`${CIDR}.containsCIDR(${CIDR}): bool`, containsBlock)
    .registerFunction(`${CIDR}.containsCIDR(string): bool`, (block: CidrBlock, text: string) =>
      containsBlock(block, parseCidr(text)),
    )
    .registerFunction(`${CIDR}.ip(): ${IP}`, ({ ip }: CidrBlock) => ip)
    .registerFunction(`${CIDR}.prefixLength(): int`, ({ length }: CidrBlock) => BigInt(length))
    .registerFunction(`${CIDR}.masked(): ${CIDR}`, masked)
}

function parseIp(text: string): Ip {
  const family = isIP(text)
  if (family === 0)
    throw new CelError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
    )
  return new Ip(new SocketAddress({ address: text, family: family === 4 ? 'ipv4' : 'ipv6' }).address)
}

function parseCidr(text: string): CidrBlock {
  const [address = '', length = '', ...rest] = text.split('/')
  const family = isIP(address)
  const isLength = /^(0|[1-9]\d*)$/.test(length) && Number(length) <= (family === 4 ? 32 : 128)
  if (family === 0 || !isLength || rest.length > 0) {
    throw new CelError(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`,
    )
  }
  return new CidrBlock(parseIp(address), Number(length))
}

function isCidr(text: string): boolean {
  try {
    parseCidr(text)
    return true
  } catch (error) {
    if (error instanceof CelError) return false
    throw error
  }
}

function format({ ip, length }: CidrBlock): string {
  return `${ip.text}/${length}`
}

function isIn({ text }: Ip, ...blocks: readonly string[]): boolean {
  const family = isIP(text) === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  for (const block of blocks) {
    const [address = '', length = ''] = block.split('/')
    if ((isIP(address) === 4 ? 'ipv4' : 'ipv6') === family) list.addSubnet(address, Number(length), family)
  }
  return list.check(text, family)
}

function containsBlock(outer: CidrBlock, inner: CidrBlock): boolean {
  return inner.length >= outer.length && isIn(inner.ip, format(outer))
}

// The bits behind the prefix cleared.
function masked({ ip, length }: CidrBlock): CidrBlock {
  const isV4 = isIP(ip.text) === 4
  const [width, step, base] = isV4 ? [32, 8, 10] : [128, 16, 16]
  const groups = isV4 ? ip.text.split('.') : expand(ip.text)
  const value = groups.reduce(
    (sum, group) => (sum << BigInt(step)) | BigInt(Number.parseInt(group || '0', base)),
    0n,
  )
  const cut = BigInt(width - length)
  const kept = (value >> cut) << cut
  const parts = groups.map((_group, i) => {
    const shift = BigInt(width - step * (i + 1))
    return ((kept >> shift) & ((1n << BigInt(step)) - 1n)).toString(base)
  })
  return new CidrBlock(parseIp(parts.join(isV4 ? '.' : ':')), length)
}

function expand(text: string): string[] {
  const [head = '', tail] = text.split('::')
  const before = head === '' ? [] : head.split(':')
  if (tail === undefined) return before
  const after = tail === '' ? [] : tail.split(':')
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after]
}
