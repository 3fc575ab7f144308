// Owns DisassociateIdentityProviderConfig.
import type {
  DisassociateIdentityProviderConfigRequest,
  DisassociateIdentityProviderConfigResponse,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { beginClusterUpdate } from '../clusters/updates.ts'
import { invalidRequest } from '../errors.ts'
import type { Eks } from '../state.ts'
import { findConfig } from './configs.ts'

const DISASSOCIATE_MS = 15 * 60_000

/** Users of the provider stay known until the update ends. @throws AwsError InvalidRequest-, ResourceInUse-, ResourceNotFoundException */
export const disassociateIdentityProviderConfig = operation<
  Eks,
  DisassociateIdentityProviderConfigRequest,
  DisassociateIdentityProviderConfigResponse
>()({
  honours: ['clusterName', 'identityProviderConfig.type', 'identityProviderConfig.name'],
  // The config is gone or going after the first request: a second one finds that, whatever its token.
  keeps: ['clientRequestToken'],
  handle: async ({ clusterName = '', identityProviderConfig }, eks) => {
    const known = findConfig(eks, clusterName, identityProviderConfig)
    if (!known) {
      throw invalidRequest(`Identity provider config is not associated with cluster ${clusterName}`, {
        clusterName,
      })
    }
    const key = `${clusterName}/${known.config.identityProviderConfigName}`
    const update = await beginClusterUpdate(eks, clusterName, {
      type: 'DisassociateIdentityProviderConfig',
      params: [{ type: 'IdentityProviderConfig', value: JSON.stringify([identityProviderConfig]) }],
      change: {},
      awsMs: DISASSOCIATE_MS,
      also: (tx, updateId) => {
        eks.tables.identityProviders.updateIn(tx, key, (record) => ({
          ...record,
          updateId,
          config: { ...record.config, status: 'DELETING' },
        }))
      },
    })
    return { update }
  },
})
