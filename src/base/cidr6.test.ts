import { isIPv6 } from 'node:net'

import { describe, expect, test } from 'vitest'

import { AddressError } from './cidr.ts'
import { contains6, formatCidr6, formatIpv6, overlaps6, parseCidr6, parseIpv6 } from './cidr6.ts'

describe('addresses', () => {
  test.each([
    ['::', 0n, '::'],
    ['::1', 1n, '::1'],
    ['2600:1F14::', 0x2600_1f14n << 96n, '2600:1f14::'],
    ['1:0:0:2:0:0:0:3', (1n << 112n) + (2n << 64n) + 3n, '1:0:0:2::3'],
    [
      '0:0:1:2:3:4:5:6',
      (1n << 80n) + (2n << 64n) + (3n << 48n) + (4n << 32n) + (5n << 16n) + 6n,
      '::1:2:3:4:5:6',
    ],
    ['1:2:3:4:5:6:0:0', undefined, '1:2:3:4:5:6::'],
    ['1:0:2:3:4:5:6:7', undefined, '1:0:2:3:4:5:6:7'],
    ['10:0:0:100:0:0:0:200', undefined, '10:0:0:100::200'],
  ])('%s', (text, number, written) => {
    if (number !== undefined) expect(parseIpv6(text)).toBe(number)
    expect(formatIpv6(parseIpv6(text))).toBe(written)
    expect(isIPv6(written)).toBe(true)
  })

  test.each(['', '1::2::3', '12345::', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', '1:2:3'])(
    'no address: %s',
    (text) => {
      expect(() => parseIpv6(text)).toThrow(AddressError)
    },
  )
})

describe('blocks', () => {
  test('bits beyond the prefix are dropped', () => {
    expect(formatCidr6(parseCidr6('2600:1f14:abc:1234::1/56'))).toBe('2600:1f14:abc:1200::/56')
  })

  test.each([
    ['2600::/56', '2600:0:0:12::/64', true],
    ['2600::/56', '2600:0:0:100::/64', false],
    ['2600::/56', '2600::/56', true],
    ['2600:0:0:12::/64', '2600::/56', false],
  ])('%s holds %s: %s', (outer, inner, expected) => {
    expect(contains6(parseCidr6(outer), parseCidr6(inner))).toBe(expected)
  })

  test('two blocks share an address where one is in the other', () => {
    expect(overlaps6(parseCidr6('2600::/64'), parseCidr6('2600::/56'))).toBe(true)
    expect(overlaps6(parseCidr6('2600::/64'), parseCidr6('2600:0:0:1::/64'))).toBe(false)
  })

  test.each(['2600::', '2600::/129', '2600::/x', '2600::/5/6'])('no block: %s', (text) => {
    expect(() => parseCidr6(text)).toThrow(AddressError)
  })
})
