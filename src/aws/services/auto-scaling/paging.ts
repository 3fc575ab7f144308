// Owns the pages and the names of filters of Describe operations.
import { paginate } from '../../protocol/paging.ts'

/** The members of a request for a page, for declarations. */
export const PAGES = ['NextToken', 'MaxRecords'] as const
/** The members of filters, for declarations. */
export const FILTERS = ['Filters[].Name', 'Filters[].Values'] as const

/** One page, of 50 when the request names no size. @throws AwsError InvalidNextToken */
export function page<T>(
  items: readonly T[],
  request: { readonly NextToken?: string | undefined; readonly MaxRecords?: number | undefined },
): { items: T[]; token?: string } {
  return paginate(items, {
    token: request.NextToken,
    limit: request.MaxRecords,
    defaultLimit: 50,
    tokenCode: 'InvalidNextToken',
  })
}
