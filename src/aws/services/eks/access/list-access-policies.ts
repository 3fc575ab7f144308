// Owns ListAccessPolicies.
import type { ListAccessPoliciesRequest, ListAccessPoliciesResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks } from '../state.ts'
import { accessPolicies, policyArn } from './policies.ts'

/** The policies that are emulated, by name. */
export const listAccessPolicies = operation<Eks, ListAccessPoliciesRequest, ListAccessPoliciesResponse>()({
  honours: [...PAGES],
  handle: (input) => {
    const all = accessPolicies.map(({ name }) => ({ name, arn: policyArn(name) }))
    const { items, nextToken } = page(all, input)
    return { accessPolicies: items, nextToken }
  },
})
