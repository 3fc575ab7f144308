// Owns what a region is: its name, its account and its tokens, made once for a data directory.
import type { Ids } from '../base/ids.ts'
import { UserError } from '../base/errors.ts'
import { readState, type Home, type RegionIdentity } from './home.ts'

const ACCOUNT_DIGITS = 12

/** An identity before IAM has made the keys of its administrator. */
export type NewIdentity = Omit<RegionIdentity, 'accessKeyId' | 'secretAccessKey'>

export interface IdentityOptions {
  readonly home: Home
  readonly ids: Ids
  /** Keep nothing on disk of the store; the identity file is written all the same, for the CLI. */
  readonly ephemeral: boolean
  /** The name asked for; what the directory holds when absent. */
  readonly region?: string
  readonly defaultRegion: string
}

/** Reads the identity of the data directory, or makes one. @throws UserError when another region lives there. */
export function loadIdentity({ home, ids, ephemeral, region, defaultRegion }: IdentityOptions): NewIdentity {
  const known = ephemeral ? undefined : readState<RegionIdentity>(home.identity)
  if (known) {
    if (region !== undefined && region !== known.region) {
      throw new UserError(`${home.directory} holds the region ${known.region}, not ${region}`, {
        help: 'Leave --region away, or choose another directory with --data.',
      })
    }
    return known
  }
  const identity: NewIdentity = {
    region: region ?? defaultRegion,
    accountId: digits(ids, ACCOUNT_DIGITS),
    adminToken: ids.hex(48),
  }
  return identity
}

function digits(ids: Ids, count: number): string {
  return Array.from({ length: count }, (_, index) => (index === 0 ? 1 + ids.below(9) : ids.below(10))).join(
    '',
  )
}
