import { describe, expect, it } from 'vitest'

import type { IdentityProviderConfig } from '../config/cluster-config.ts'
import { ensureIdentityProvider } from './identity-providers.ts'
import { awsFailure, testDeployment } from './testing/fake-cloud.ts'

const provider: IdentityProviderConfig = {
  type: 'oidc',
  name: 'staff',
  issuerURL: 'https://example.com',
  clientID: 'kubernetes',
  groupsClaim: 'groups',
  requiredClaims: { team: 'web' },
}

async function scene(...states: (string | undefined)[]) {
  return testDeployment({
    DescribeIdentityProviderConfig: () => {
      const status = states.shift()
      if (status === undefined) throw awsFailure('ResourceNotFoundException', 'No identity provider config')
      return { identityProviderConfig: { oidc: { status } } }
    },
    AssociateIdentityProviderConfig: () => ({}),
  })
}

describe('ensureIdentityProvider', () => {
  it('associates the provider and waits until it is active', async () => {
    const world = await scene(undefined, 'CREATING', 'ACTIVE')
    expect(await ensureIdentityProvider(world.context, provider)).toEqual({ outcome: 'created' })
    expect(world.inputsOf('AssociateIdentityProviderConfig')).toEqual([
      {
        clusterName: 'workshop',
        oidc: {
          identityProviderConfigName: 'staff',
          issuerUrl: 'https://example.com',
          clientId: 'kubernetes',
          groupsClaim: 'groups',
          requiredClaims: { team: 'web' },
        },
        tags: { 'neargate.dev/project': 'workshop' },
      },
    ])
  })

  it('leaves one that is there', async () => {
    const world = await scene('ACTIVE')
    expect(await ensureIdentityProvider(world.context, provider)).toEqual({ outcome: 'unchanged' })
    expect(world.inputsOf('AssociateIdentityProviderConfig')).toEqual([])
  })
})
