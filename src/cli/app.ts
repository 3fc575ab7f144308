// Owns what every command gets: terminal, environment, clock, and the data directory it works on.
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { AdminClient } from '../region/admin-client.ts'
import { homeAt, type Home } from '../region/home.ts'
import { readIdentity, type RegionIdentity } from '../region/identity.ts'
import type { RuntimeWish } from '../region/runtime-choice.ts'
import { findRegion as findRunning, type RunningRegion } from '../region/running.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Ask } from './ask.ts'
import { startRegion } from './start-region.ts'

export interface App {
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly workingDirectory: string
  /** Absent where nobody is at the keyboard. */
  readonly ask?: Ask
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
  const found = await findRunning(home)
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
  const found = await findRunning(home)
  return found.state === 'starting' ? undefined : presentRegion(home)
}

export interface ConnectOptions {
  /** The data directory; that of the environment when absent. */
  readonly directory?: string | undefined
  /** One of the regions in it; the first one when absent. */
  readonly region?: string | undefined
}

/** The region that runs on the data directory. @throws UserError when none does, or not this one. */
export async function connectNear(app: App, { directory, region }: ConnectOptions = {}): Promise<Near> {
  const home = homeAt(directory, app.environment)
  // Read first: when it is damaged, that is what to say.
  const identity = readIdentity(home)
  const running = await presentRegion(home)
  if (!running) {
    throw new UserError(`no near region runs on ${home.directory}`, {
      help: 'Start one with `neargate start`, or build a cluster with `neargate up PATH`.',
    })
  }
  const near = describe(home, running, identity)
  return region === undefined ? near : await findRegion(near, region)
}

/** One of the regions that run there. @throws UserError when it is none of them */
async function findRegion(near: Near, region: string): Promise<Near> {
  if (region === near.identity.region) return near
  const regions = await near.admin.regions()
  if (regions.includes(region)) return inRegion(near, region)
  throw new UserError(`there is no near region ${region} on ${near.home.directory}`, {
    help: `There is: ${regions.join(', ')}. Add it with: neargate start --region ${region}`,
  })
}

export interface EnsureOptions {
  /** Port of the AWS endpoint for a region that is started now. */
  readonly port?: number
  /** It keeps nothing: one that does, and runs already, is an error. */
  readonly ephemeral?: boolean
  readonly runtime?: RuntimeWish
  /** Adds nothing: a region that is not there is an error. */
  readonly isOnlyFound?: boolean
  readonly onStart: () => void
}

/** A region on the data directory: started now if nothing runs there, added if it is not among those that do. */
export async function ensureNear(
  app: App,
  region: string,
  { port, ephemeral = false, runtime, isOnlyFound = false, onStart }: EnsureOptions,
): Promise<Near & { readonly started: boolean }> {
  const home = homeAt(undefined, app.environment)
  const known = readIdentity(home)
  const present = await presentOrStarting(home)
  const reach = isOnlyFound ? findRegion : addRegion
  if (present && ephemeral && !present.ephemeral) throw keptRegion(present)
  if (present) return { ...(await reach(describe(home, present, known), region)), started: false }
  onStart()
  const args = [
    ...(isOnlyFound ? [] : ['--region', region]),
    '--started-by',
    'up',
    ...(port === undefined ? [] : ['--port', `${port}`]),
    ...(ephemeral ? ['--ephemeral'] : []),
    ...(runtime === undefined ? [] : ['--runtime', runtime]),
  ]
  const running = await startRegion(app, { home, args, runtime })
  // Somebody else may have started it, for another region.
  return { ...(await reach(describe(home, running, readIdentity(home)), region)), started: true }
}

/** One of the regions that run there, added if it is not. @throws UserError when there can be none of that name */
export async function addRegion(near: Near, region: string): Promise<Near> {
  if (region === near.identity.region) return near
  const wanted = inRegion(near, region)
  await wanted.admin.addRegion()
  return wanted
}

/** The same data directory, as a client of another of its regions. */
export function inRegion({ home, running, identity }: Near, region: string): Near {
  return describe(home, running, { ...identity, region })
}

function describe(home: Home, running: RunningRegion, identity: RegionIdentity | undefined): Near {
  if (!identity) throw missingIdentity(home)
  return { home, running, identity, admin: new AdminClient(running, identity) }
}

function keptRegion({ directory, pid }: RunningRegion): UserError {
  return new UserError(`a near region runs on ${directory} (pid ${pid}), and it is not ephemeral`, {
    help: 'Stop it with `neargate stop`, or take another directory with --data DIR, or add --wait or `-- COMMAND`.',
  })
}

function missingIdentity(home: Home): UserError {
  return new UserError(`${home.identity} is missing`, {
    help: 'The next start writes it anew: neargate stop && neargate start',
  })
}
