// Owns the pages of KMS's lists.
import { paginate } from '../../protocol/paging.ts'

/** What a list in pages takes. */
export const PAGES = ['Limit', 'Marker'] as const

/** One page, and the members that lead to the next. @throws AwsError InvalidMarkerException */
export function pageOf<T>(
  all: readonly T[],
  input: { readonly Limit?: number | undefined; readonly Marker?: string | undefined },
): { items: T[]; page: { Truncated: boolean; NextMarker?: string } } {
  const { items, token } = paginate(all, {
    token: input.Marker,
    limit: input.Limit,
    defaultLimit: 100,
    tokenCode: 'InvalidMarkerException',
  })
  return { items, page: token === undefined ? { Truncated: false } : { Truncated: true, NextMarker: token } }
}
