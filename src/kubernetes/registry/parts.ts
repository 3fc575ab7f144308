// Owns what the verbs of the registry work with, and who they work for.
import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { AdmissionRequest, UserInfo } from './admission.ts'
import type { ServiceAddresses } from './service-addresses.ts'
import type { Storage } from './storage.ts'

/** Who writes, as what, and how far: the same for every kind of write. */
export interface WriteContext {
  readonly user: UserInfo
  /** Name in managedFields. */
  readonly fieldManager: string
  readonly dryRun: boolean
}

/** What the verbs work with. */
export interface RegistryParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly addresses: ServiceAddresses
  /** Runs admission. @returns the object to go on with. */
  admit(request: AdmissionRequest): Promise<KubernetesObject | null>
}
