// Owns what every command gets: terminal, environment, clock, and the data directory it works on.
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { AdminClient } from '../region/admin-client.ts'
import { startDaemon } from '../region/daemon.ts'
import { homeAt, type Home } from '../region/home.ts'
import { readIdentity, type RegionIdentity } from '../region/identity.ts'
import { findRegion, type RunningRegion } from '../region/running.ts'
import type { Terminal } from '../terminal/terminal.ts'

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

/**
 * The region that runs on a data directory and has proven to be it; undefined when none does.
 * @throws UserError when one is there that does not answer.
 */
export async function presentRegion(home: Home): Promise<RunningRegion | undefined> {
  const found = await findRegion(home)
  if (found.state === 'none') return undefined
  if (found.state === 'running') return found.file
  if (found.state === 'silent' && !readIdentity(home)) throw missingIdentity(home)
  const why = found.state === 'starting' ? 'is being started' : 'does not answer: it is ending, or hangs'
  throw new UserError(`the near region on ${home.directory} (pid ${found.file.pid}) ${why}`, {
    help: `Wait a moment, or end it with: neargate stop. Its log: ${home.log}`,
  })
}

/** The same for commands that start one: a region that somebody else starts now is not there yet. */
export async function presentOrStarting(home: Home): Promise<RunningRegion | undefined> {
  const found = await findRegion(home)
  return found.state === 'starting' ? undefined : presentRegion(home)
}

/** The region that runs on the data directory. @throws UserError when none does. */
export async function connectNear(app: App, directory?: string): Promise<Near> {
  const home = homeAt(directory, app.environment)
  // Read first: when it is damaged, that is what to say.
  const identity = readIdentity(home)
  const running = await presentRegion(home)
  if (!running) {
    throw new UserError(`no near region runs on ${home.directory}`, {
      help: 'Start one with `neargate start`, or build a cluster with `neargate up PATH`.',
    })
  }
  return describe(home, running, identity)
}

export interface EnsureOptions {
  /** Port of the AWS endpoint for a region that is started now. */
  readonly port?: number
  readonly onStart: () => void
}

/** The region that runs on the data directory, started now if none does. */
export async function ensureNear(
  app: App,
  region: string,
  { port, onStart }: EnsureOptions,
): Promise<Near & { readonly started: boolean }> {
  const home = homeAt(undefined, app.environment)
  const known = readIdentity(home)
  const present = await presentOrStarting(home)
  if (present) {
    const near = describe(home, present, known)
    assertRegion(near.identity.region, region, home)
    return { ...near, started: false }
  }
  if (known && !known.ephemeral) assertRegion(known.region, region, home)
  onStart()
  const args = [
    '--region',
    region,
    '--started-by',
    'up',
    ...(port === undefined ? [] : ['--port', `${port}`]),
  ]
  const running = await startDaemon({ home, clock: app.clock, args })
  const near = describe(home, running, readIdentity(home))
  assertRegion(near.identity.region, region, home)
  return { ...near, started: true }
}

function assertRegion(present: string, wanted: string, home: Home): void {
  if (present === wanted) return
  throw new UserError(`the near region on ${home.directory} is ${present}, the file wants ${wanted}`, {
    help: `Set metadata.region to ${present}, or give the other region a directory of its own: NEARGATE_HOME=~/.neargate-${wanted}`,
  })
}

function describe(home: Home, running: RunningRegion, identity: RegionIdentity | undefined): Near {
  if (!identity) throw missingIdentity(home)
  return { home, running, identity, admin: new AdminClient(running, identity) }
}

function missingIdentity(home: Home): UserError {
  return new UserError(`${home.identity} is missing`, {
    help: 'The next start writes it anew: neargate stop && neargate start',
  })
}
