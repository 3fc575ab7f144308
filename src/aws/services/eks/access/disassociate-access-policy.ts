// Owns DisassociateAccessPolicy.
import type { DisassociateAccessPolicyRequest, DisassociateAccessPolicyResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findEntry } from './find-entry.ts'

/** @throws AwsError ResourceNotFoundException */
export const disassociateAccessPolicy = operation<
  Eks,
  DisassociateAccessPolicyRequest,
  DisassociateAccessPolicyResponse
>()({
  honours: ['clusterName', 'principalArn', 'policyArn'],
  handle: async (input, eks) => {
    const { key } = findEntry(eks, input.clusterName, input.principalArn)
    await eks.tables.entries.update(key, (record) => ({
      ...record,
      modifiedAtMs: eks.deps.clock.now(),
      policies: record.policies.filter((policy) => policy.policyArn !== input.policyArn),
    }))
    return {}
  },
})
