// Owns how IAM pages its lists.
import { paginate } from '../../protocol/paging.ts'

/** The members that every list takes. */
export const PAGES = ['Marker', 'MaxItems'] as const

/** "If you do not include this parameter, the number of items defaults to 100." */
const DEFAULT_ITEMS = 100

/** One page of a list, and the members that say whether there is more. @throws AwsError ValidationError */
export function pageOf<T>(
  items: readonly T[],
  input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
): { readonly items: T[]; readonly more: { readonly IsTruncated: boolean; readonly Marker?: string } } {
  const page = paginate(items, {
    token: input.Marker,
    limit: input.MaxItems,
    defaultLimit: DEFAULT_ITEMS,
    tokenCode: 'ValidationError',
  })
  if (page.token === undefined) return { items: page.items, more: { IsTruncated: false } }
  return { items: page.items, more: { IsTruncated: true, Marker: page.token } }
}
