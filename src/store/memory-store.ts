// Owns the store that forgets everything when it is closed: for `--ephemeral` regions and for tests.
import { systemClock } from '../base/clock.ts'
import { silentLog, type Log } from '../base/log.ts'
import { noJournal } from './journal.ts'
import { JournaledStore } from './journaled-store.ts'
import { Keyspace } from './keyspace.ts'
import type { Store } from './store.ts'

/** An empty store in memory; failures of watch callbacks go to `log`. */
export function createMemoryStore(log: Log = silentLog): Store {
  return new JournaledStore(new Keyspace(), noJournal, { log, clock: systemClock })
}
