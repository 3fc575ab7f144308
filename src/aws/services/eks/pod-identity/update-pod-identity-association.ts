// Owns UpdatePodIdentityAssociation: another role for the same service account. Pods get it with their next credentials.
import type {
  UpdatePodIdentityAssociationRequest,
  UpdatePodIdentityAssociationResponse,
} from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { associationNotFound } from '../errors.ts'
import { checkPodRole } from '../roles.ts'
import type { Eks } from '../state.ts'
import { chain, checkSession, findAssociation, showAssociation } from './associations.ts'

/** @throws AwsError InvalidParameterException, ResourceNotFoundException */
export const updatePodIdentityAssociation = operation<
  Eks,
  UpdatePodIdentityAssociationRequest,
  UpdatePodIdentityAssociationResponse
>()({
  honours: ['clusterName', 'associationId', 'roleArn', 'disableSessionTags', 'targetRoleArn', 'policy'],
  keeps: ['clientRequestToken'],
  handle: async (input, eks) => {
    const { key, record } = findAssociation(eks, input.clusterName, input.associationId)
    const { policy = record.association.policy, roleArn } = input
    const disableSessionTags = input.disableSessionTags ?? record.association.disableSessionTags
    checkSession({ policy, disableSessionTags })
    if (roleArn) await checkPodRole(eks, roleArn)
    const updated = await eks.tables.associations.update(key, (current) => {
      const { targetRoleArn: chained, externalId: _id, policy: _policy, ...association } = current.association
      const targetRoleArn = input.targetRoleArn ?? chained
      return {
        ...current,
        modifiedAtMs: eks.deps.clock.now(),
        association: {
          ...association,
          roleArn: roleArn ?? association.roleArn,
          disableSessionTags,
          ...chain(eks, { ...association, targetRoleArn }),
          ...(policy ? { policy } : {}),
        },
      }
    })
    if (!updated) throw associationNotFound(input.clusterName ?? '', input.associationId ?? '')
    return { association: showAssociation(updated) }
  },
})
