// Owns ListIdentityProviderConfigs.
import type {
  ListIdentityProviderConfigsRequest,
  ListIdentityProviderConfigsResponse,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { findCluster } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks } from '../state.ts'
import { OIDC } from './configs.ts'

/** @throws AwsError ResourceNotFoundException */
export const listIdentityProviderConfigs = operation<
  Eks,
  ListIdentityProviderConfigsRequest,
  ListIdentityProviderConfigsResponse
>()({
  honours: ['clusterName', ...PAGES],
  handle: (input, eks) => {
    const { cluster } = findCluster(eks, input.clusterName)
    const configs = eks.tables.identityProviders
      .list(`${cluster.name}/`)
      .map(({ config }) => ({ type: OIDC, name: config.identityProviderConfigName }))
    const { items, nextToken } = page(configs, input)
    return { identityProviderConfigs: items, nextToken }
  },
})
