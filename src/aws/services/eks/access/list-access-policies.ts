// Owns ListAccessPolicies.
import type { ListAccessPoliciesRequest, ListAccessPoliciesResponse } from '@aws-sdk/client-eks'

import { page } from '../paging.ts'
import { accessPolicies, policyArn } from './policies.ts'

/** The policies that are emulated, by name. */
export function listAccessPolicies(input: ListAccessPoliciesRequest): ListAccessPoliciesResponse {
  const all = accessPolicies.map(({ name }) => ({ name, arn: policyArn(name) }))
  const { items, nextToken } = page(all, input)
  return { accessPolicies: items, nextToken }
}
