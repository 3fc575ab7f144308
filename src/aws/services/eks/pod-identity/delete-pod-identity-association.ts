// Owns DeletePodIdentityAssociation.
import type {
  DeletePodIdentityAssociationRequest,
  DeletePodIdentityAssociationResponse,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findAssociation, showAssociation } from './associations.ts'

/** @throws AwsError ResourceNotFoundException */
export const deletePodIdentityAssociation = operation<
  Eks,
  DeletePodIdentityAssociationRequest,
  DeletePodIdentityAssociationResponse
>()({
  honours: ['clusterName', 'associationId'],
  handle: async (input, eks) => {
    const { key, record } = findAssociation(eks, input.clusterName, input.associationId)
    await eks.tables.associations.delete(key)
    return { association: showAssociation(record) }
  },
})
