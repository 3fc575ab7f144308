// Owns what every command gets: terminal, environment, clock, and the data directory it works on.
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { AdminClient } from '../region/admin-client.ts'
import { startDaemon } from '../region/daemon.ts'
import {
  homeAt,
  readState,
  runningRegion,
  type Home,
  type RegionIdentity,
  type RunningRegion,
} from '../region/home.ts'
import type { Terminal } from './output.ts'

export interface App {
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly workingDirectory: string
}

/** A running region, and how to talk to it. */
export interface Near {
  readonly home: Home
  readonly running: RunningRegion
  readonly identity: RegionIdentity
  readonly admin: AdminClient
}

/** The region that runs on the data directory. @throws UserError when none does. */
export function connectNear(app: App, directory?: string): Near {
  const home = homeAt(directory, app.environment)
  const running = runningRegion(home)
  if (!running) {
    throw new UserError(`no near region runs on ${home.directory}`, {
      help: 'Start one with `neargate start`, or build a cluster with `neargate up PATH`.',
    })
  }
  return describe(home, running)
}

/** The region that runs on the data directory, started now if none does. */
export async function ensureNear(
  app: App,
  region: string,
  onStart: () => void,
): Promise<Near & { readonly started: boolean }> {
  const home = homeAt(undefined, app.environment)
  const present = runningRegion(home)
  if (present) return { ...checkRegion(describe(home, present), region), started: false }
  const known = readState<RegionIdentity>(home.identity)
  if (known) assertRegion(known.region, region, home)
  onStart()
  const args = ['--region', region, '--started-by', 'up', ...portArguments(app)]
  return { ...describe(home, await startDaemon({ home, clock: app.clock, args })), started: true }
}

function portArguments({ environment }: App): readonly string[] {
  const port = environment['NEARGATE_PORT']
  return port === undefined ? [] : ['--port', port]
}

function checkRegion(near: Near, region: string): Near {
  assertRegion(near.identity.region, region, near.home)
  return near
}

function assertRegion(present: string, wanted: string, home: Home): void {
  if (present === wanted) return
  throw new UserError(`the near region on ${home.directory} is ${present}, the file wants ${wanted}`, {
    help: `Set metadata.region to ${present}, or give the other region a directory of its own: NEARGATE_HOME=~/.neargate-${wanted}`,
  })
}

function describe(home: Home, running: RunningRegion): Near {
  const identity = readState<RegionIdentity>(home.identity)
  if (!identity)
    throw new UserError(`${home.identity} is missing`, { help: 'Stop the region and start it again.' })
  return { home, running, identity, admin: new AdminClient(running, identity) }
}
