// Owns the certificate authority of a data directory: made once, it signs for what clients reach over https.
import { createAuthority, type KeyPair } from '../base/certificate-authority.ts'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'

const RECORD = 'authority'
// Tells those of several data directories apart in a list of certificates.
const NAME_DIGITS = 8

export interface AuthorityOptions {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
}

/** The authority of the directory, made now if there is none. */
export async function ensureAuthority({ store, clock, ids }: AuthorityOptions): Promise<KeyPair> {
  const table = new Table<KeyPair>(store, 'region/authority')
  const known = table.get(RECORD)
  if (known) return known
  const authority = await createAuthority(`Neargate ${ids.hex(NAME_DIGITS)}`, { clock, ids })
  await table.put(RECORD, authority)
  return authority
}
