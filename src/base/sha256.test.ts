import { expect, it } from 'vitest'

import { sha256Hex } from './sha256.ts'

// FIPS 180-4, the example of one block.
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

it('is the published digest, or its beginning', () => {
  expect(sha256Hex('abc')).toBe(ABC)
  expect(sha256Hex(new TextEncoder().encode('abc'))).toBe(ABC)
  expect(sha256Hex('abc', 10)).toBe('ba7816bf8f')
})
