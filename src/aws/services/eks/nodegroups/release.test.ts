import { expect, test } from 'vitest'

import { chooseRelease } from './release.ts'

test.each([
  ['AL2_x86_64', '1.32'],
  ['AL2_ARM_64', '1.30'],
  ['AL2023_x86_64_STANDARD', '1.33'],
  ['BOTTLEROCKET_x86_64', '1.34'],
])('%s has a release for Kubernetes %s', (amiType, version) => {
  expect(chooseRelease(amiType, version, undefined)).not.toBe('')
})

test.each([
  [
    'AL2_x86_64',
    '1.33',
    undefined,
    'AMI Type AL2_x86_64 is only supported for kubernetes versions 1.32 or earlier',
  ],
  [
    'AL2_ARM_64',
    '1.34',
    undefined,
    'AMI Type AL2_ARM_64 is only supported for kubernetes versions 1.32 or earlier',
  ],
  [
    'AL2023_x86_64_STANDARD',
    '1.34',
    'foo',
    'Requested release version foo is not valid for kubernetes version 1.34.',
  ],
])('%s of Kubernetes %s and release %s is refused', (amiType, version, release, words) => {
  expect(() => chooseRelease(amiType, version, release)).toThrow(words)
})
