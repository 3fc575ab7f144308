import { expect, test } from 'vitest'

import { contains, formatCidr, isUsable, overlaps, parseCidr } from './cidr.ts'
import { regionNames, zoneId, zonesOf } from './zones.ts'

test.each([
  ['10.0.0.0/16', '10.0.0.0/16', 65_536],
  ['10.0.5.7/20', '10.0.0.0/20', 4096],
  ['255.255.255.255/32', '255.255.255.255/32', 1],
  ['0.0.0.0/0', '0.0.0.0/0', 2 ** 32],
])('%s is %s with %i addresses', (text, formatted, size) => {
  const range = parseCidr(text)
  expect([formatCidr(range), range.size]).toEqual([formatted, size])
})

test.each(['10.0.0.0', '10.0.0/16', '10.0.0.0/33', '10.0.0.256/16', '10.0.0.0/-1', 'x/1'])(
  '%s is no range',
  (text) => {
    expect(() => parseCidr(text)).toThrow(/not a valid CIDR block/)
  },
)

test('a range holds itself and its halves, which are apart', () => {
  for (const prefix of [16, 20, 27]) {
    const whole = parseCidr(`10.20.30.40/${prefix}`)
    const half = { first: whole.first, prefixLength: prefix + 1, size: whole.size / 2 }
    const other = { ...half, first: whole.first + half.size }
    expect([
      contains(whole, whole),
      contains(whole, half),
      contains(whole, other),
      contains(half, whole),
    ]).toEqual([true, true, true, false])
    expect([overlaps(whole, half), overlaps(half, other)]).toEqual([true, false])
  }
})

// "Subnet CIDR reservations": the first four addresses and the last.
test('a subnet gives out all but five of its addresses', () => {
  const range = parseCidr('10.0.1.0/28')
  const all = Array.from({ length: 16 }, (_, index) => `10.0.1.${index}`)
  expect(all.filter((ip) => isUsable(range, ip))).toEqual(all.slice(4, 15))
})

test('zones have ids of their own in every region', () => {
  for (const region of regionNames()) {
    const zones = zonesOf(region)
    expect(zones.length).toBeGreaterThanOrEqual(2)
    expect(new Set(zones.map(({ id }) => id)).size).toBe(zones.length)
    for (const { name, id } of zones) expect(zoneId(region, name)).toBe(id)
  }
  expect(zonesOf('mars-north-1')).toEqual([])
})
