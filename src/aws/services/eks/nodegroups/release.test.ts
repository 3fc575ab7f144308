import { expect, test } from 'vitest'

import { chooseRelease } from './release.ts'

const atMs = Date.parse('2026-11-23T12:00:00Z')

test.each([
  ['AL2_x86_64', '1.32'],
  ['AL2_ARM_64', '1.30'],
  ['AL2023_x86_64_STANDARD', '1.33'],
  ['BOTTLEROCKET_x86_64', '1.34'],
])('%s has a release for Kubernetes %s', (amiType, version) => {
  expect(chooseRelease({ amiType, kubernetesVersion: version, atMs }, undefined)).not.toBe('')
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
  expect(() => chooseRelease({ amiType, kubernetesVersion: version, atMs }, release)).toThrow(words)
})

test.each([
  // The EKS Workshop's.
  ['1.33', '1.33.0-20250704', true],
  ['1.33', '1.33.5-20261123', true],
  ['1.33', '1.33.5-20261124', false],
  ['1.33', '1.33.0-20250101', false],
  ['1.33', '1.32.3-20250704', false],
  ['1.33', '1.33.0-20251340', false],
])('an image of Amazon Linux for %s of the release %s: %s', (kubernetesVersion, release, isTaken) => {
  const choose = () => chooseRelease({ amiType: 'AL2023_x86_64_STANDARD', kubernetesVersion, atMs }, release)
  if (isTaken) expect(choose()).toBe(release)
  else expect(choose).toThrow('is not valid for kubernetes version')
})
