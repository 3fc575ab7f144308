// Owns the near region: builds every part, wires them, starts them in order and stops them in the reverse one.
import { readFileSync } from 'node:fs'

import { createAwsEndpoint } from '../aws/protocol/endpoint.ts'
import type { AwsService, ServiceDeps } from '../aws/protocol/service.ts'
import { createAutoScaling } from '../aws/services/auto-scaling/index.ts'
import { createCloudFormation } from '../aws/services/cloudformation/index.ts'
import { createEc2 } from '../aws/services/ec2/index.ts'
import { createEks, offeredVersions, type EksService, type VersionCalendar } from '../aws/services/eks/index.ts'
import { createElbv2 } from '../aws/services/elbv2/index.ts'
import { createIam, trusts } from '../aws/services/iam/index.ts'
import { createLogs } from '../aws/services/logs/index.ts'
import { createSts } from '../aws/services/sts/index.ts'
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { randomIds } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { runController } from '../controllers/framework/run-controller.ts'
import { createDialer } from '../network/dialer.ts'
import { createEdge } from '../network/edge/edge.ts'
import { createLoadBalancerPlane } from '../network/nlb/plane.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { openStore } from '../store/sqlite-store.ts'
import { isStoreError, type Store } from '../store/store.ts'
import { handleAdmin, type AdminOperations } from './admin.ts'
import { Clusters } from './clusters.ts'
import { createHome, removeState, runningRegion, writeState, type Home, type RegionIdentity } from './home.ts'
import { loadIdentity } from './identity.ts'
import { instanceNodesController } from './instance-nodes.ts'
import { regionStatus } from './status.ts'

const DEFAULT_PORT = 4566
const DEFAULT_EDGE_PORT = 4580
const EDGE_OFFSET = DEFAULT_EDGE_PORT - DEFAULT_PORT
// A target that has not passed a check yet is looked at this often where nothing imitates AWS's pace.
const FAST_CHECK_MS = 20

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
  const store = await openRegionStore(options)
  const ids = randomIds
  try {
    const identity = loadIdentity({ ...options, ids })
    const parts = await assemble(options, store, identity)
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
      throw new UserError(`the data directory ${home.store} cannot be used: ${error instanceof Error ? error.message : ''}`, {
        help: 'Mend it, or choose another with --data DIR or NEARGATE_HOME.',
        cause: error,
      })
    }
    throw error
  }
}

interface Assembled {
  readonly port: number
  stop(): Promise<void>
}
