// Owns the library: a near region inside of the caller's own process, with a default for everything.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { systemClock, type Clock } from '../base/clock.ts'
import { silentLog, type Log } from '../base/log.ts'
import { clientEnvironment } from './environment.ts'
import { homeAt } from './home.ts'
import { runRegion } from './region.ts'

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
  /** `fast`, the default: no slower than the work; `aws`: as slow as AWS. */
  readonly pace?: 'fast' | 'aws'
  /** What the region has to say; nobody hears it by default. */
  readonly log?: Log
  /** The system's clock by default. */
  readonly clock?: Clock
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
  /** Ends the region within seconds, always; the second time it does nothing. */
  stop(): Promise<void>
}

/**
 * Starts a near region in this process.
 * @throws UserError when the directory, the name or the port cannot be used; then nothing of it runs or listens.
 */
export async function startRegion(options: RegionOptions = {}): Promise<Region> {
  const { region, port = 0, pace = 'fast', log = silentLog, clock = systemClock } = options
  await using parts = new AsyncDisposableStack()
  const home = homeAt(options.directory ?? temporaryDirectory(parts), {})
  const run = await runRegion({
    home,
    ephemeral: options.directory === undefined,
    defaultRegion: DEFAULT_REGION,
    ...(region === undefined ? {} : { region }),
    port,
    pace: pace === 'aws' ? 1 : 0,
    startedBy: 'program',
    log,
    clock,
    environment: process.env,
  })
  parts.defer(() => run.stop())
  const { endpoint, identity } = run
  const { accountId, accessKeyId, secretAccessKey } = identity
  const running = parts.move()
  const stop = (): Promise<void> => running.disposeAsync()
  return {
    endpoint,
    region: identity.region,
    accountId,
    credentials: { accessKeyId, secretAccessKey },
    env: clientEnvironment({ endpoint, identity, home }),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function temporaryDirectory(parts: AsyncDisposableStack): string {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-'))
  parts.defer(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
