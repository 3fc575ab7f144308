// Owns AssociateAccessPolicy.
import type { AssociateAccessPolicyRequest, AssociateAccessPolicyResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { invalidParameter, notEmulated } from '../errors.ts'
import type { AccessEntryRecord, Eks } from '../state.ts'
import { findEntry, requireStandard } from './find-entry.ts'
import { findPolicy, unpublishedPolicy } from './policies.ts'
import { showPolicy } from './show.ts'

/** @throws AwsError InvalidParameterException, InvalidRequestException, ResourceNotFoundException */
export const associateAccessPolicy = operation<
  Eks,
  AssociateAccessPolicyRequest,
  AssociateAccessPolicyResponse
>()({
  honours: ['clusterName', 'principalArn', 'policyArn', 'accessScope.type', 'accessScope.namespaces'],
  handle: async (input, eks) => {
    const { key, record } = findEntry(eks, input.clusterName, input.principalArn)
    const policyArn = input.policyArn ?? ''
    const unpublished = unpublishedPolicy(policyArn)
    if (unpublished !== undefined) {
      throw notEmulated(`The access policy ${unpublished}, whose rules AWS does not publish,`)
    }
    if (!findPolicy(policyArn)) throw invalidParameter('The policyArn parameter format is not valid')
    requireStandard(record)
    const namespaces = input.accessScope?.namespaces ?? []
    if (input.accessScope?.type === 'namespace' && namespaces.length === 0) {
      throw invalidParameter(
        'The namespaces parameter must be specified when the access scope type is namespace.',
      )
    }
    if (input.accessScope?.type === 'cluster' && namespaces.length > 0) {
      // The words are Neargate's: those of AWS were not found.
      throw invalidParameter('namespaces cannot be specified when the access scope type is cluster.')
    }
    const policy: AccessEntryRecord['policies'][number] = {
      policyArn,
      accessScope: { type: input.accessScope?.type ?? 'cluster', namespaces },
      associatedAtMs: eks.deps.clock.now(),
    }
    await eks.tables.entries.update(key, (current) => ({
      ...current,
      modifiedAtMs: eks.deps.clock.now(),
      policies: [...current.policies.filter((other) => other.policyArn !== policyArn), policy],
    }))
    return {
      clusterName: record.entry.clusterName,
      principalArn: record.entry.principalArn,
      associatedAccessPolicy: showPolicy(policy),
    }
  },
})
