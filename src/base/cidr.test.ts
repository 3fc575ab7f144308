import { describe, expect, it } from 'vitest'

import {
  AddressError,
  contains,
  firstFree,
  formatCidr,
  formatIpv4,
  nth,
  overlaps,
  parseCidr,
  parseIpv4,
} from './cidr.ts'

describe('IPv4 addresses', () => {
  it.each(['0.0.0.0', '10.50.0.7', '192.168.255.1', '255.255.255.255'])('reads and writes %s', (text) => {
    expect(formatIpv4(parseIpv4(text))).toBe(text)
  })

  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', 'a.b.c.d', '1.2.3.-4'])(
    'refuses %j',
    (text) => {
      expect(() => parseIpv4(text)).toThrow(AddressError)
    },
  )
})

describe('CIDR blocks', () => {
  it('drops bits beyond the prefix', () => {
    expect(formatCidr(parseCidr('10.0.3.77/20'))).toBe('10.0.0.0/20')
  })

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/8/9'])('refuses %j', (text) => {
    expect(() => parseCidr(text)).toThrow(AddressError)
  })

  it('knows its members', () => {
    const cidr = parseCidr('10.50.0.0/24')
    expect(contains(cidr, '10.50.0.255')).toBe(true)
    expect(contains(cidr, '10.50.1.0')).toBe(false)
  })

  it('knows what it overlaps', () => {
    expect(overlaps(parseCidr('10.0.0.0/16'), parseCidr('10.0.255.0/24'))).toBe(true)
    expect(overlaps(parseCidr('10.0.0.0/24'), parseCidr('10.0.1.0/24'))).toBe(false)
  })

  it('counts from either end', () => {
    const cidr = parseCidr('172.20.0.0/16')
    expect(nth(cidr, 10)).toBe('172.20.0.10')
    expect(nth(cidr, -1)).toBe('172.20.255.255')
    expect(() => nth(cidr, 65_536)).toThrow(AddressError)
  })

  it('gives every free address once, without the reserved ones', () => {
    const cidr = parseCidr('10.0.0.0/28')
    const taken = new Set<string>()
    for (;;) {
      const ip = firstFree(cidr, (one) => taken.has(one), { first: 4, last: 1 })
      if (!ip) break
      taken.add(ip)
    }
    expect(taken.size).toBe(11)
    expect([...taken][0]).toBe('10.0.0.4')
    expect(taken.has('10.0.0.15')).toBe(false)
  })
})
