// Owns CreatePodIdentityAssociation: one role for one service account, which need not exist yet.
import type {
  CreatePodIdentityAssociationRequest,
  CreatePodIdentityAssociationResponse,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { requestToken } from '../client-token.ts'
import { inUse } from '../errors.ts'
import { findServingCluster } from '../lookup.ts'
import { checkPodRole } from '../roles.ts'
import { accountKey, type Eks } from '../state.ts'
import { checkSession, newAssociation, showAssociation } from './associations.ts'

/** @throws AwsError ResourceInUse-, InvalidParameter-, InvalidRequest-, ResourceNotFoundException */
export const createPodIdentityAssociation = operation<
  Eks,
  CreatePodIdentityAssociationRequest,
  CreatePodIdentityAssociationResponse
>()({
  honours: [
    'clusterName',
    'namespace',
    'serviceAccount',
    'roleArn',
    'clientRequestToken',
    'tags',
    'disableSessionTags',
    'targetRoleArn',
    'policy',
  ],
  handle: async (input, eks) => {
    const { namespace = '', serviceAccount = '', roleArn = '', ...rest } = input
    const clusterName = findServingCluster(eks, input.clusterName).cluster.name
    checkSession(input)
    await checkPodRole(eks, roleArn)
    const token = requestToken(input)
    const record = newAssociation(eks, { ...rest, clusterName, namespace, serviceAccount, roleArn, token })
    return await eks.deps.store.transact((tx) => {
      findServingCluster(eks, clusterName)
      const known = eks.tables.associations.find('account', accountKey(record.association))
      if (!known) {
        eks.tables.associations.putIn(tx, `${clusterName}/${record.association.associationId}`, record)
      } else if (known.token === undefined || known.token !== token) {
        throw inUse(`Association already exists: ${known.association.associationId}`, { clusterName })
      }
      return { association: showAssociation(known ?? record) }
    })
  },
})
