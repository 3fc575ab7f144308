// Owns what a deployment near needs of the region that it goes to, whoever runs it: a daemon, or this process.
import type { AdminClient } from '../region/admin-client.ts'
import type { Home } from '../region/home.ts'
import type { RegionIdentity } from '../region/identity.ts'

/** A region that runs, and how to talk to it. */
export interface NearRegion {
  readonly home: Home
  readonly running: {
    /** `http://127.0.0.1:4566` */
    readonly endpoint: string
  }
  readonly identity: RegionIdentity
  readonly admin: AdminClient
}
