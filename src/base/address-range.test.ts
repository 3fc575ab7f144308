import { describe, expect, it, test } from 'vitest'

import { addressRange, canonicalIp, familyOf } from './address-range.ts'
import { hostPort } from './host-port.ts'

describe('addressRange', () => {
  it.each([
    ['10.100.0.0/16', 'IPv4', 65_536, '10.100.0.10'],
    ['fd30:3087:b6c2::/108', 'IPv6', 1_048_576, 'fd30:3087:b6c2::a'],
    ['2600:1f14:2c05:4900:ba4b::/80', 'IPv6', 2 ** 48, '2600:1f14:2c05:4900:ba4b::a'],
  ] as const)('numbers the addresses of %s', (cidr, family, size, tenth) => {
    const range = addressRange(cidr)
    expect(range).toMatchObject({ cidr, family, size })
    expect(range.at(10)).toBe(tenth)
    expect(range.indexOf(tenth)).toBe(10)
  })

  it('knows no number for addresses of elsewhere, of the other family, and for other text', () => {
    const four = addressRange('10.100.0.0/16')
    const six = addressRange('fd30:3087:b6c2::/108')
    for (const ip of ['10.101.0.0', 'fd30:3087:b6c2::a', 'x', '']) expect(four.indexOf(ip)).toBeUndefined()
    for (const ip of ['fd30:3087:b6c3::a', '10.100.0.1', 'x', '']) expect(six.indexOf(ip)).toBeUndefined()
  })
})

test('one address is written one way', () => {
  expect(canonicalIp('2600:1F14:0:0:0:0:0:1')).toBe('2600:1f14::1')
  expect(canonicalIp('10.0.0.1')).toBe('10.0.0.1')
  expect(canonicalIp('None')).toBe('None')
  expect([familyOf('10.0.0.0/8'), familyOf('fd00::/8')]).toEqual(['IPv4', 'IPv6'])
})

test('IPv6 addresses stand in brackets before a port', () => {
  expect(hostPort('10.0.0.1', 80)).toBe('10.0.0.1:80')
  expect(hostPort('::1', 80)).toBe('[::1]:80')
})
