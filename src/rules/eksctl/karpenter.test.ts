import { expect, test } from 'vitest'

import { karpenterFaults } from './karpenter.ts'

const iam = { withOIDC: true }

test.each(['1.8.1', 'v1.0.5', '1.9.0-rc.1'])('takes version %s', (version) => {
  expect(karpenterFaults({ karpenter: { version }, iam })).toEqual([])
})

test.each([
  ['latest', 'an exact version'],
  ['1.8', 'an exact version'],
  ['v0.20.0', 'does not run on any Kubernetes that EKS has'],
])('refuses version %s', (version, why) => {
  expect(karpenterFaults({ karpenter: { version }, iam })).toEqual([
    { message: expect.stringContaining(why), field: ['version'] },
  ])
})

test('wants the OIDC provider that the role of its pods trusts', () => {
  expect(karpenterFaults({ karpenter: { version: '1.8.1' } })).toEqual([
    { message: 'iam.withOIDC must be enabled with Karpenter', field: [] },
  ])
  expect(karpenterFaults({})).toEqual([])
})
