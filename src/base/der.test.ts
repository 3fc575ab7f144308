import { expect, it } from 'vitest'

import * as der from './der.ts'

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')

// Examples of X.690, and what `openssl asn1parse` and `openssl ecparam` write.
it.each([
  ['0 has one byte', der.integer('0'), '020100'],
  ['a first bit that is set gets a byte before it', der.integer('80'), '02020080'],
  ['an odd number of digits', der.integer('1ff'), '020201ff'],
  ['ecdsa-with-SHA256', der.oid('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
  ['an identifier with small numbers', der.oid('2.5.29.14'), '0603551d0e'],
  ['true', der.boolean(true), '0101ff'],
  ['bits of which some mean nothing', der.bits(Buffer.of(0x84), 2), '03020284'],
  ['text', der.utf8('é'), '0c02c3a9'],
  [
    'a year before 2050',
    der.moment(new Date('2049-12-31T23:59:59Z')),
    `170d${hex(Buffer.from('491231235959Z'))}`,
  ],
  [
    'a year from 2050 on',
    der.moment(new Date('2050-01-01T00:00:00Z')),
    `180f${hex(Buffer.from('20500101000000Z'))}`,
  ],
  ['a tag around others', der.tagged(3, der.boolean(false)), 'a303010100'],
  ['a tag in the place of another', der.taggedBytes(2, Buffer.from('a')), '820161'],
])('writes %s', (_, value, expected) => {
  expect(hex(value)).toBe(expected)
})

it.each([0, 1, 127, 128, 255, 256, 70_000])('writes and reads lengths: %d bytes', (size) => {
  const bytes = Buffer.alloc(size, 7)
  const value = der.sequence(der.octets(bytes), der.integer('5'))
  const [first = Buffer.alloc(0), second] = der.partsOf(value)
  expect(der.contentOf(first).equals(bytes)).toBe(true)
  expect(second && hex(second)).toBe('020105')
})

it('writes long lengths in the fewest bytes', () => {
  expect(hex(der.octets(Buffer.alloc(128)).subarray(0, 3))).toBe('048180')
  expect(hex(der.octets(Buffer.alloc(256)).subarray(0, 4))).toBe('04820100')
})
