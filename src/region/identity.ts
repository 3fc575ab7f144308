// Owns what a region is: its name, its account and its secrets, made once for a data directory.
import { UserError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { isObject } from '../base/json.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'
import { damaged, readState, type Home } from './home.ts'

const ACCOUNT_DIGITS = 12
const TOKEN_DIGITS = 48

/** What the CLI needs to act in a region. Readable by the owner only: it holds keys. */
export interface RegionIdentity {
  readonly region: string
  readonly accountId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Bearer token of the region's own endpoints under `/_neargate/`. */
  readonly adminToken: string
  /** Of a region that keeps nothing: it means nothing once that has ended. */
  readonly ephemeral?: boolean
}

/** An identity before IAM has made the keys of its administrator. */
export type NewIdentity = Omit<RegionIdentity, 'accessKeyId' | 'secretAccessKey'>

/** What the store itself says of the region that it holds: the file beside it is only a copy. */
interface IdentityRecord {
  readonly region: string
  readonly accountId: string
  /** False until a start has succeeded: nothing but the administrator is in the store, and the name may change. */
  readonly complete: boolean
}

const RECORD = 'region'

export interface IdentityOptions {
  readonly home: Home
  readonly store: Store
  readonly ids: Ids
  /** Keep nothing on disk of the store; the identity file is written all the same, for the CLI. */
  readonly ephemeral: boolean
  /** The name asked for; what the directory holds when absent. */
  readonly region?: string
  readonly defaultRegion: string
}

/** Reads the identity file; undefined when there is none. @throws UserError when it is damaged. */
export function readIdentity(home: Home): RegionIdentity | undefined {
  const identity = readState(home.identity)
  if (identity === undefined) return undefined
  if (!isObject(identity)) throw damaged(home.identity, 'it is no object')
  const missing = ['region', 'accountId', 'accessKeyId', 'secretAccessKey', 'adminToken'].find(
    (name) => typeof identity[name] !== 'string' || identity[name] === '',
  )
  if (missing !== undefined) throw damaged(home.identity, `it has no ${missing}`)
  // Every member has been looked at, apart from the optional one.
  return identity as unknown as RegionIdentity
}

/**
 * Settles what the region on this directory is: what its store says, else a new one.
 * A region of another name stands beside it, and is none of this one's business.
 * @throws UserError when the file beside the store is another region's, or the store has been emptied.
 */
export async function settleIdentity(options: IdentityOptions): Promise<NewIdentity> {
  const { home, store, ids, ephemeral, region, defaultRegion } = options
  const fresh = { region: region ?? defaultRegion, accountId: accountId(ids), complete: false }
  if (ephemeral) {
    return { region: fresh.region, accountId: fresh.accountId, adminToken: ids.hex(TOKEN_DIGITS), ephemeral }
  }
  const file = keptIdentity(home)
  const table = tableOf(store)
  const known = table.get(RECORD)
  if (!known && file) throw emptied(home, file)
  if (known?.complete) assertSame(home, known, file)
  const record = known ? { ...known, region: known.complete ? known.region : fresh.region } : fresh
  await table.put(RECORD, record)
  const adminToken = file?.adminToken ?? ids.hex(TOKEN_DIGITS)
  return { region: record.region, accountId: record.accountId, adminToken }
}

/** Remembers that the region has come up: from now on its store is this region's. */
export async function completeIdentity(store: Store): Promise<void> {
  await tableOf(store).update(RECORD, (record) =>
    record.complete ? undefined : { ...record, complete: true },
  )
}

function tableOf(store: Store): Table<IdentityRecord> {
  return new Table(store, 'region/identity')
}

// What an ephemeral region that was killed left behind says nothing of what is kept here.
function keptIdentity(home: Home): RegionIdentity | undefined {
  const file = readIdentity(home)
  return file?.ephemeral ? undefined : file
}

function emptied(home: Home, { region, accountId: account }: RegionIdentity): UserError {
  return new UserError(
    `${home.store} is empty, although ${home.identity} says that the region ${region} of account ${account} is kept there`,
    {
      help: `Put the store back, or start an empty region after: mv ${home.identity} ${home.identity}.old`,
    },
  )
}

function assertSame(home: Home, known: IdentityRecord, file: RegionIdentity | undefined): void {
  if (file && (file.region !== known.region || file.accountId !== known.accountId)) {
    throw damaged(
      home.identity,
      `it is of ${file.region} and account ${file.accountId}, the store beside it of ${known.region} and ${known.accountId}`,
    )
  }
}

function accountId(ids: Ids): string {
  const digits = Array.from({ length: ACCOUNT_DIGITS }, (_, index) =>
    index === 0 ? 1 + ids.below(9) : ids.below(10),
  )
  return digits.join('')
}
