// Owns ListPodIdentityAssociations.
import type {
  ListPodIdentityAssociationsRequest,
  ListPodIdentityAssociationsResponse,
  PodIdentityAssociationSummary,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { findCluster } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks, PodIdentityRecord } from '../state.ts'

/** Those of a cluster, of a namespace, or of a service account. @throws AwsError ResourceNotFoundException */
export const listPodIdentityAssociations = operation<
  Eks,
  ListPodIdentityAssociationsRequest,
  ListPodIdentityAssociationsResponse
>()({
  honours: ['clusterName', 'namespace', 'serviceAccount', ...PAGES],
  handle: (input, eks) => {
    const { cluster } = findCluster(eks, input.clusterName)
    const wanted = eks.tables.associations
      .list(`${cluster.name}/`)
      .filter(
        ({ association }) =>
          (!input.namespace || association.namespace === input.namespace) &&
          (!input.serviceAccount || association.serviceAccount === input.serviceAccount),
      )
    const { items, nextToken } = page(wanted, input)
    return { associations: items.map(summary), nextToken }
  },
})

function summary({ association }: PodIdentityRecord): PodIdentityAssociationSummary {
  const { clusterName, namespace, serviceAccount, associationArn, associationId, ownerArn } = association
  return { clusterName, namespace, serviceAccount, associationArn, associationId, ownerArn }
}
