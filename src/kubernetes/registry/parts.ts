// Owns what the verbs of the registry work with, and who they work for.
import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Admission, UserInfo } from './admission.ts'
import type { ServiceAddresses } from './service-addresses.ts'
import type { Storage } from './storage.ts'

/** Who writes, as what, and how far: the same for every kind of write. */
export interface WriteContext {
  readonly user: UserInfo
  /** Name in managedFields. */
  readonly fieldManager: string
  readonly dryRun: boolean
  /** Set when the write is what an admitted request comes to, an Eviction or a Binding: it is not admitted again. */
  readonly admitted?: true
  /** Options as the client gave them, beside dry run: admission sees them. */
  readonly options?: object
  /** Adds a text to the `Warning` headers of the answer, where there is one. */
  warn?(message: string): void
}

/** What the verbs work with. */
export interface RegistryParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly addresses: ServiceAddresses
  readonly admission: Admission
}
