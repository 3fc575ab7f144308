// Owns DescribePodIdentityAssociation.
import type {
  DescribePodIdentityAssociationRequest,
  DescribePodIdentityAssociationResponse,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findAssociation, showAssociation } from './associations.ts'

/** @throws AwsError ResourceNotFoundException */
export const describePodIdentityAssociation = operation<
  Eks,
  DescribePodIdentityAssociationRequest,
  DescribePodIdentityAssociationResponse
>()({
  honours: ['clusterName', 'associationId'],
  handle: (input, eks) => ({
    association: showAssociation(findAssociation(eks, input.clusterName, input.associationId).record),
  }),
})
