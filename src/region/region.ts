// Owns the near region as a whole: its data directory, its store, and its life from start to stop.
import { existsSync } from 'node:fs'

import { UserError } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { openStore } from '../store/open-store.ts'
import { isStoreError, type Store } from '../store/store.ts'
import { assemble } from './assemble.ts'
import { createHome, removeState, runningRegion, writeState, type Home, type RegionIdentity } from './home.ts'
import { loadIdentity } from './identity.ts'

const DEFAULT_PORT = 4566
const DEFAULT_EDGE_PORT = 4580
const EDGE_OFFSET = DEFAULT_EDGE_PORT - DEFAULT_PORT

export interface RegionOptions {
  readonly home: Home
  /** Keep everything in memory only. */
  readonly ephemeral: boolean
  readonly defaultRegion: string
  /** The name of the region; what the directory holds, or the default, when absent. */
  readonly region?: string
  /** Port of the AWS endpoint: 4566 by default, 0 for a free one. The edge listens 14 above, or on a free one too. */
  readonly port?: number
  /** 0: as fast as the work allows; 1: as slow as AWS. */
  readonly pace: number
  readonly startedBy: 'start' | 'up'
  readonly log: Log
  readonly clock: Clock
}

export interface Region {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  readonly identity: RegionIdentity
  /** Stops everything; what the region holds is there again at the next start on its directory. */
  stop(): Promise<void>
}

/**
 * Starts a near region on a data directory.
 * @throws UserError when the directory or a port is taken, or cannot be used.
 */
export async function startRegion(options: RegionOptions): Promise<Region> {
  const { home, log, clock } = options
  createHome(home)
  // An ephemeral region has an identity of its own: it must not take the place of one that is kept.
  if (options.ephemeral && existsSync(home.store)) {
    throw new UserError(`${home.directory} holds a region that is kept`, {
      help: 'Give an ephemeral one a directory of its own with --data DIR.',
    })
  }
  const store = await openRegionStore(options)
  const ids = randomIds
  try {
    const known = loadIdentity({ ...options, ids })
    const port = options.port ?? DEFAULT_PORT
    const parts = await assemble({
      store,
      identity: known,
      clock,
      ids,
      log,
      pace: options.pace,
      ports: { aws: port, edge: port === 0 ? 0 : port + EDGE_OFFSET },
    })
    const identity: RegionIdentity = { ...known, ...parts.administrator }
    writeState(home.identity, identity)
    const endpoint = `http://127.0.0.1:${parts.port}`
    writeState(home.running, {
      pid: process.pid,
      endpoint,
      startedAt: new Date(clock.now()).toISOString(),
      startedBy: options.startedBy,
    })
    log.info('the near region runs', { endpoint, region: identity.region, pid: process.pid })
    return {
      endpoint,
      identity,
      async stop() {
        await parts.stop()
        await store.close()
        removeState(home.running)
        log.info('the near region has stopped')
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openRegionStore({ home, ephemeral, clock, log }: RegionOptions): Promise<Store> {
  if (ephemeral) return createMemoryStore(log)
  try {
    return await openStore({ directory: home.store, clock, log })
  } catch (error) {
    if (isStoreError(error, 'Locked')) {
      const other = runningRegion(home)
      throw new UserError(`another region runs on ${home.directory}${other ? ` (pid ${other.pid})` : ''}`, {
        help: 'Stop it with `neargate stop`, or choose another directory with --data.',
        cause: error,
      })
    }
    if (isStoreError(error, 'Unwritable') || isStoreError(error, 'Corrupt')) {
      throw new UserError(
        `the data directory ${home.store} cannot be used: ${error instanceof Error ? error.message : ''}`,
        {
          help: 'Mend it, or choose another with --data DIR or NEARGATE_HOME.',
          cause: error,
        },
      )
    }
    throw error
  }
}
