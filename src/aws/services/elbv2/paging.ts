// Owns the pages of Describe operations: PageSize items from a Marker.
import { paginate } from '../../protocol/paging.ts'

/** The members that every list takes. */
export const PAGES = ['Marker', 'PageSize'] as const

/** One page of at most 400 items, and the marker of the next. @throws AwsError ValidationError */
export function page<T>(
  items: readonly T[],
  request: { PageSize?: number | undefined; Marker?: string | undefined },
): { items: T[]; NextMarker?: string } {
  const found = paginate(items, {
    token: request.Marker,
    limit: request.PageSize,
    defaultLimit: 400,
    tokenCode: 'ValidationError',
  })
  return { items: found.items, ...(found.token ? { NextMarker: found.token } : {}) }
}
