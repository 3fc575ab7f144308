import { expect, test } from 'vitest'

import { isWithinSkew } from './version-skew.ts'

test.each([
  ['1.35', '1.35', true],
  ['1.32.0-eks-1a2b3c4', '1.35', true],
  ['1.31', '1.35', false],
  ['1.24', '1.26', true],
  ['1.24', '1.27', false],
  ['1.25', '1.28', true],
  ['1.36', '1.35', false],
])('a kubelet of %s works with %s: %s', (kubelet, control, expected) => {
  expect(isWithinSkew(kubelet, control)).toBe(expected)
})
