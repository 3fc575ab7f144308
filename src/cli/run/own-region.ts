// Owns a near region that belongs to one command: in its process, in memory, gone with it.
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createLog } from '../../base/log.ts'
import { homeAt } from '../../region/home.ts'
import { runRegion } from '../../region/region.ts'
import type { RuntimeWish } from '../../region/runtime-choice.ts'
import { connectNear, type App, type Near } from '../app.ts'

export interface OwnRegionOptions {
  /** The AWS region to be. */
  readonly region: string
  /** Port of the AWS endpoint; a free one when absent. */
  readonly port?: number | undefined
  readonly runtime: RuntimeWish
}

/** A region, which ends when it is disposed of. */
export type OwnRegion = Near & AsyncDisposable

/** Starts one. @throws UserError when it cannot be what is asked for; then nothing is left of it */
export async function openOwnRegion(app: App, options: OwnRegionOptions): Promise<OwnRegion> {
  await using parts = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'neargate-'))
  parts.defer(() => rmSync(directory, { recursive: true, force: true }))
  const home = homeAt(directory, {})
  const { region, port = 0, runtime } = options
  const run = await runRegion({
    home,
    ephemeral: true,
    defaultRegion: region,
    port,
    pace: 0,
    runtime,
    startedBy: 'up',
    log: createLog({ write: (line) => appendFileSync(home.log, line, { mode: 0o600 }), clock: app.clock }),
    clock: app.clock,
    environment: app.environment,
  })
  parts.defer(() => run.stop())
  const near = await connectNear(app, { directory })
  const kept = parts.move()
  return { ...near, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
