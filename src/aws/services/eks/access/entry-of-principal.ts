// Owns finding the access entry of somebody who comes with a principal, as each request to a cluster's API does.
import type { AccessEntryRecord, EksTables } from '../state.ts'
import { isSamePrincipal } from './principals.ts'

/**
 * The entry of a principal in a cluster. Entries are kept by their ARN; only that of a role may say more than STS does.
 * @param canonical as `canonicalArn` gives it
 */
export function entryOfPrincipal(
  { entries }: Pick<EksTables, 'entries'>,
  clusterName: string,
  canonical: string,
): AccessEntryRecord | undefined {
  const found = entries.get(`${clusterName}/${canonical}`)
  if (found || !canonical.includes(':role/')) return found
  return entries
    .list(`${clusterName}/`)
    .find((record) => isSamePrincipal(record.entry.principalArn, canonical))
}
