// Owns the library: a near region inside of the caller's own process, with a default for everything.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { checkFaults, type Fault } from '../aws/faults/fault.ts'
import { silentLog, type Log } from '../base/log.ts'
import { SteppableClock } from '../base/steppable-clock.ts'
import type { UpResult } from '../deploy/up-result.ts'
import type { NearRegion } from '../near/near-region.ts'
import type { Plan } from '../plan/plan.ts'
import { AdminClient } from '../region/admin-client.ts'
import { clientEnvironment } from '../region/environment.ts'
import { homeAt } from '../region/home.ts'
import { runRegion } from '../region/region.ts'
import { regionClients, type ClientClass } from './clients.ts'
import type { Files } from './files.ts'

const DEFAULT_REGION = 'us-east-1'

export interface RegionOptions {
  /**
   * The data directory, where the region is there again at the next start. Without one the region keeps nothing: it
   * has a directory of its own, which goes with it.
   */
  readonly directory?: string
  /** The AWS region to be: what the directory holds, or `us-east-1`. */
  readonly region?: string
  /** Port of the AWS endpoint; a free one by default. Load balancers are reached on the port 14 above a given one. */
  readonly port?: number
  /** `fast`, the default: no slower than the work; `aws`: as slow as AWS, which `clock.advance` shortens. */
  readonly pace?: 'fast' | 'aws'
  /** False: every known key may do everything, whatever the policies say. */
  readonly enforceIam?: boolean
  /** What goes wrong on purpose, as docs/faults.md says. */
  readonly faults?: readonly Fault[]
  /** What the region has to say; nobody hears it by default. */
  readonly log?: Log
}

export interface UpOptions {
  /** How long a rollout or a load balancer may take; 60,000 by default. */
  readonly timeoutMs?: number
}

/** A region that runs. `await using region = await startRegion()` ends it with the block. */
export interface Region extends AsyncDisposable {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  readonly region: string
  readonly accountId: string
  /** The keys of an administrator, as AWS SDKs take them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Variables that point `aws`, `eksctl`, `kubectl`, `helm` and SDKs of other processes here. */
  readonly env: Readonly<Record<string, string>>
  /**
   * A client of your AWS SDK that is set to this region: the same one each time, closed with it.
   * @param Client e.g. `EKSClient` of `@aws-sdk/client-eks`
   */
  client<Client extends object>(Client: ClientClass<Client>): Client
  /** What goes wrong on purpose: `set` replaces it, `strikes` tells how often each fault has struck. */
  readonly faults: { set(faults: readonly Fault[]): void; readonly strikes: readonly number[] }
  /** The region's time: the system's, and what it has been moved on by. */
  readonly clock: Pick<SteppableClock, 'now' | 'advance'>
  /** The kubeconfig of a cluster, as YAML. @throws UserError when there is no such cluster */
  kubeconfig(cluster: string): Promise<string>
  /** Where each workload would land, its price, and what will not work. Nothing is made. */
  plan(files: Files): Promise<Plan>
  /**
   * Builds, or brings up to date, a cluster with its applications, and waits until they are ready.
   * @throws UserError when the files have errors, with all of them, or a step fails
   */
  up(files: Files, options?: UpOptions): Promise<UpResult>
  /**
   * Empties the region: clusters and all else are gone; endpoint, account and keys stay. For regions without a
   * `directory`. @throws InternalError for others
   */
  reset(): Promise<void>
  /** Ends the region within seconds, always; the second time it does nothing. */
  stop(): Promise<void>
}

/**
 * Starts a near region in this process.
 * @throws UserError when the directory, the name or the port cannot be used; then nothing of it runs or listens.
 */
export async function startRegion(options: RegionOptions = {}): Promise<Region> {
  const { region, port = 0, pace = 'fast', enforceIam = true, log = silentLog } = options
  const clock = new SteppableClock()
  await using parts = new AsyncDisposableStack()
  const home = homeAt(options.directory ?? temporaryDirectory(parts), {})
  const run = await runRegion({
    home,
    ephemeral: options.directory === undefined,
    defaultRegion: DEFAULT_REGION,
    ...(region === undefined ? {} : { region }),
    port,
    pace: pace === 'aws' ? 1 : 0,
    enforceIam,
    faults: checkFaults(options.faults ?? [], 'faults'),
    startedBy: 'program',
    log,
    clock,
    environment: process.env,
  })
  parts.defer(() => run.stop())
  const { endpoint, identity } = run
  const { accountId, accessKeyId, secretAccessKey } = identity
  const credentials = { accessKeyId, secretAccessKey }
  const clients = parts.use(regionClients({ endpoint, region: identity.region, credentials }))
  const running = parts.move()
  const stop = async (): Promise<void> => {
    await running.disposeAsync()
  }
  const near: NearRegion = {
    home,
    running: { endpoint },
    identity,
    admin: new AdminClient({ endpoint }, identity),
  }
  return {
    endpoint,
    region: identity.region,
    accountId,
    credentials,
    env: clientEnvironment({ endpoint, identity, home }),
    client: (Client) => clients.of(Client),
    faults: {
      set: (faults) => run.faults.set(checkFaults(faults, 'faults')),
      get strikes() {
        return run.faults.strikes
      },
    },
    clock,
    kubeconfig: async (cluster) =>
      (await import('../near/kubeconfig.ts')).clusterKubeconfig(near, cluster, process.env),
    // Loaded by need: what plans and deploys is larger than a region, and many tests want none of it.
    plan: async (files) => (await import('./deployments.ts')).planFiles(files, clock),
    up: async (files, { timeoutMs = 60_000 } = {}) =>
      (await import('./deployments.ts')).upFiles(near, files, { clock, timeoutMs }),
    reset: () => run.reset(),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function temporaryDirectory(parts: AsyncDisposableStack): string {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-'))
  parts.defer(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
