import { describe, expect, it } from 'vitest'

import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  resourceQuantity,
  subtractQuantities,
} from './canonical-quantity.ts'
import { QuantityError } from './quantity.ts'

describe('canonicalQuantity', () => {
  it.each([
    ['0.5', '500m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1e3', '1e3'],
    ['-1', '-1'],
    ['-0', '0'],
    // As apimachinery v0.35.4 prints them.
    ['0.1Ki', '102400m'],
    ['1e19', '10e18'],
    ['-1.5n', '-2n'],
    ['8191Pi', '8191Pi'],
    ['8Ei', '9223372036854775807'],
    ['-9Ei', '-9223372036854775807'],
    ['100E', '100E'],
    // Those that it takes for canonical.
    ['1.500', '1.500'],
    ['1E3', '1E3'],
    ['+1', '+1'],
    ['5.', '5.'],
    ['1.0000000001', '1000000001n'],
    ['0.500', '500m'],
    ['1.5000', '1500m'],
    ['03Gi', '03Gi'],
    ['08Gi', '8Gi'],
    ['1000', '1k'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical)
  })
})

describe('resourceQuantity', () => {
  // As kube-apiserver v1.35.4 stores resources.
  it.each([
    ['0.1m', '1m'],
    ['1n', '1m'],
    ['1500u', '2m'],
    ['1.0000000001', '1001m'],
    ['1.500', '1.500'],
    ['100m', '100m'],
    ['-1500u', '-1m'],
    ['1.5Gi', '1536Mi'],
  ])('%s is written %s', (text, stored) => {
    expect(resourceQuantity(text)).toBe(stored)
  })
})

describe('sums', () => {
  it.each([
    ['1Gi', '1Gi', '2Gi'],
    ['500m', '500m', '1'],
    ['0', '1Mi', '1Mi'],
    ['1Mi', '1M', '2048576'],
    ['1', '2', '3'],
  ])('%s and %s make %s', (a, b, sum) => {
    expect(addQuantities(a, b)).toBe(sum)
  })

  it.each([
    ['2Gi', '1Gi', '1Gi'],
    ['1', '2', '-1'],
    ['3', '3', '0'],
  ])('%s less %s is %s', (a, b, rest) => {
    expect(subtractQuantities(a, b)).toBe(rest)
  })

  it('compares by value', () => {
    expect(compareQuantities('1Gi', '1024Mi')).toBe(0)
    expect(compareQuantities('1', '900m')).toBe(1)
    expect(compareQuantities('-1', '0')).toBe(-1)
  })

  it('refuses what is no quantity', () => {
    expect(() => addQuantities('1', 'x')).toThrow(QuantityError)
  })
})
