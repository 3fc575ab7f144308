// Owns DescribeIdentityProviderConfig.
import type {
  DescribeIdentityProviderConfigRequest,
  DescribeIdentityProviderConfigResponse,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { configNotFound, findConfig, showConfig } from './configs.ts'

/** @throws AwsError ResourceNotFoundException, InvalidParameterException */
export const describeIdentityProviderConfig = operation<
  Eks,
  DescribeIdentityProviderConfigRequest,
  DescribeIdentityProviderConfigResponse
>()({
  honours: ['clusterName', 'identityProviderConfig.type', 'identityProviderConfig.name'],
  handle: ({ clusterName, identityProviderConfig }, eks) => {
    const record = findConfig(eks, clusterName, identityProviderConfig)
    if (!record) throw configNotFound(clusterName, identityProviderConfig?.name)
    return { identityProviderConfig: { oidc: showConfig(record) } }
  },
})
