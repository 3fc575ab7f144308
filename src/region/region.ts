// Owns the near region as a whole: its data directory, its store, and its life from start to stop.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Fault } from '../aws/faults/fault.ts'
import { FaultInjector } from '../aws/faults/injector.ts'
import type { Clock } from '../base/clock.ts'
import { ending } from '../base/ending.ts'
import { InternalError, messageOf, UserError } from '../base/errors.ts'
import { randomIds } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { refuseRegion } from '../rules/regions/region-names.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import type { EventStore } from '../store/event-store.ts'
import { openStore } from '../store/open-store.ts'
import { openEvents } from '../store/sqlite-events.ts'
import { isStoreError, type Entry, type Store } from '../store/store.ts'
import { assemble, type AssemblyOptions } from './assemble.ts'
import { writeCaBundle } from './ca-bundle.ts'
import { createHome, removeState, writeState, type Home } from './home.ts'
import { completeIdentity, settleIdentity, type NewIdentity, type RegionIdentity } from './identity.ts'
import { birthOf } from './processes.ts'
import { prove } from './proof.ts'
import type { BuiltinWish } from '../runtime/builtin-choice.ts'
import { chooseRuntime, type RuntimeWish } from './runtime-choice.ts'
import { findRegion, realPath, TakenError, type RegionFile, type StartedBy } from './running.ts'

const DEFAULT_PORT = 4566
const DEFAULT_EDGE_PORT = 4580
const EDGE_OFFSET = DEFAULT_EDGE_PORT - DEFAULT_PORT
const ISSUERS_OFFSET = 1
const NAMES_OFFSET = 2
const DNS_OFFSET = 3
// What is acknowledged is on disk already; this is for what is on its way.
const STORE_END_MS = 3_000

export interface RunOptions {
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
  /** Serve AWS's own host names, by a proxy. */
  readonly awsNames?: boolean
  /** What runs pods: stand-ins when absent. */
  readonly runtime?: RuntimeWish
  /** Who does the work of images that Neargate provides itself: `auto` when absent. */
  readonly builtins?: BuiltinWish
  /** False: pods in an engine reach nothing outside of their VPC, whatever its routes say. */
  readonly uplink?: boolean
  /** False: every known key may do everything, whatever the policies say. */
  readonly enforceIam?: boolean
  /** What goes wrong on purpose, from the start on. */
  readonly faults?: readonly Fault[]
  readonly startedBy: StartedBy
  readonly log: Log
  readonly clock: Clock
  /** Names the certificates that this machine trusts. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Told of each step of the start. */
  readonly onProgress?: (phase: string) => void
}

export interface RegionRun {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  readonly identity: RegionIdentity
  /** What goes wrong on purpose; it outlives a reset. */
  readonly faults: FaultInjector
  /**
   * Makes an ephemeral region as empty as it was at its start: the same endpoint, account and keys, and nothing else.
   * @throws InternalError for a region that is kept
   */
  reset(): Promise<void>
  /**
   * Stops everything; what the region holds is there again at the next start on its directory. Resolves within
   * seconds, always: a part that does not end in time is left, and named in the log.
   */
  stop(options?: {
    /** Leave the containers that run in an engine, for the next start. */
    readonly keepsContainers?: boolean
  }): Promise<void>
}

/**
 * Starts a near region on a data directory.
 * @throws UserError when the directory, the name or a port cannot be used; then nothing of it runs or listens.
 */
export async function runRegion(options: RunOptions): Promise<RegionRun> {
  const { home } = options
  assertName(options.region)
  createHome(home)
  await assertFree(options)
  try {
    return await startOn(options)
  } catch (error) {
    throw explainStore(error, home)
  }
}

async function startOn(options: RunOptions): Promise<RegionRun> {
  const { home, log } = options
  await using parts = new AsyncDisposableStack()
  const file = describe(options)
  const ports = portsFrom(options.port ?? DEFAULT_PORT)
  const manner = { keepsContainers: false }
  const faults = new FaultInjector(options.clock)
  faults.set(options.faults ?? [])
  let body = await openBody(options, { file, ports, manner, faults })
  parts.defer(() => body.end())
  parts.defer(async () => faults.end())
  const { endpoint, identity } = body
  log.info('the near region runs', { endpoint, region: identity.region, pid: process.pid })
  const running = parts.move()
  return {
    endpoint,
    identity,
    faults,
    async reset() {
      if (!options.ephemeral) throw new InternalError(`${home.directory} holds a region that is kept`)
      const { seed } = body
      await body.end()
      const aws = Number(new URL(endpoint).port)
      body = await openBody(options, { file, ports: { ...ports, aws }, manner, faults, seed })
      log.info('the near region is empty again')
    },
    async stop({ keepsContainers = false } = {}) {
      manner.keepsContainers = keepsContainers
      await running.disposeAsync()
      log.info('the near region has stopped')
    },
  }
}

/** What an empty region starts from: who it is, and what its store held when it had come up. */
interface Seed {
  readonly known: NewIdentity
  readonly entries: readonly Entry[]
}

/** All that a reset replaces. */
interface Body {
  readonly endpoint: string
  readonly identity: RegionIdentity
  readonly seed: Seed
  end(): Promise<void>
}

/** How the region is to end; settled when it is told to. */
interface Manner {
  readonly keepsContainers: boolean
}

interface Basis {
  readonly file: RegionFile
  readonly manner: Manner
  readonly ports: AssemblyOptions['ports']
  readonly faults: FaultInjector
  readonly seed?: Seed
}

async function openBody(options: RunOptions, { file, ports, manner, faults, seed }: Basis): Promise<Body> {
  const { home, ephemeral, onProgress = () => undefined } = options
  await using parts = new AsyncDisposableStack()
  onProgress('opening the store')
  const store = await openRegionStore(options)
  parts.defer(ending('the store', () => store.close(), { ...options, limitMs: STORE_END_MS }))
  const events = await openEvents(ephemeral ? ':memory:' : join(home.store, 'events.db'))
  parts.defer(ending('the log events', () => events.close(), { ...options, limitMs: STORE_END_MS }))
  writeState(home.running, file)
  parts.defer(async () => removeState(home.running))
  const known = seed?.known ?? (await settleIdentity({ ...options, store, ids: randomIds }))
  if (seed) await restore(store, seed.entries)
  const { endpoint, identity } = await bringUp(options, {
    store,
    events,
    file,
    ports,
    parts,
    manner,
    faults,
    known,
  })
  const running = parts.move()
  return {
    endpoint,
    identity,
    seed: seed ?? { known, entries: ephemeral ? store.range({ prefix: '' }).entries : [] },
    end: () => running.disposeAsync(),
  }
}

async function restore(store: Store, entries: readonly Entry[]): Promise<void> {
  await store.commit({ operations: entries.map(({ key, value }) => ({ type: 'put', key, value })) })
}

interface Founded {
  readonly store: Store
  readonly events: EventStore
  readonly file: RegionFile
  readonly ports: AssemblyOptions['ports']
  readonly parts: AsyncDisposableStack
  readonly manner: Manner
  readonly faults: FaultInjector
  readonly known: NewIdentity
}

async function bringUp(
  options: RunOptions,
  { store, events, file, ports, parts, manner, faults, known }: Founded,
): Promise<{ endpoint: string; identity: RegionIdentity }> {
  const { home, clock, log, onProgress = () => undefined } = options
  const choice = await chooseRuntime(options.runtime ?? 'standin', options.environment)
  log.info('what runs pods', { runtime: choice.words })
  const directory = join(home.directory, 'containers')
  onProgress('starting its services and clusters')
  const assembled = await assemble(
    {
      store,
      events,
      identity: known,
      region: options.region,
      directory: options.ephemeral ? undefined : home.store,
      clock,
      ids: randomIds,
      log,
      pace: options.pace,
      enforceIam: options.enforceIam ?? true,
      engine: choice.engine && { engine: choice.engine, directory, hasUplink: options.uplink !== false },
      builtins: options.builtins ?? 'auto',
      keepsContainers: () => manner.keepsContainers,
      ports,
      faults,
      awsNames: options.awsNames === true ? { upstream: upstreamProxy(options.environment) } : undefined,
      prove: (nonce) => prove(known.adminToken, nonce, file),
    },
    parts,
  )
  writeCaBundle(home.caBundle, assembled.ca, options.environment)
  const identity: RegionIdentity = { ...known, ...assembled.administrator }
  writeState(home.identity, identity)
  if (!options.ephemeral) await completeIdentity(store)
  const { endpoint, proxy } = assembled
  const names = proxy === undefined ? {} : { proxy }
  writeState(home.running, { ...file, region: identity.region, endpoint, runtime: choice.words, ...names })
  return { endpoint, identity }
}

function portsFrom(aws: number): AssemblyOptions['ports'] {
  return aws === 0
    ? { aws, issuers: 0, names: 0, edge: 0, dns: 0 }
    : {
        aws,
        issuers: aws + ISSUERS_OFFSET,
        names: aws + NAMES_OFFSET,
        edge: aws + EDGE_OFFSET,
        dns: aws + DNS_OFFSET,
      }
}

// One that `neargate env` has set is our own, which leads nowhere.
function upstreamProxy(environment: RunOptions['environment']): string | undefined {
  const given = environment['HTTPS_PROXY'] ?? environment['https_proxy']
  const isOurs = given === undefined || !URL.canParse(given) || new URL(given).hostname === '127.0.0.1'
  return isOurs ? undefined : given
}

function describe({ home, clock, startedBy, ephemeral, pace, enforceIam = true }: RunOptions): RegionFile {
  const { pid } = process
  const birth = birthOf(pid)
  return {
    pid,
    ...(birth === undefined ? {} : { birth }),
    directory: realPath(home.directory),
    startedAt: new Date(clock.now()).toISOString(),
    startedBy,
    ephemeral,
    pace,
    enforcesIam: enforceIam,
  }
}

function assertName(region: string | undefined): void {
  const refusal = region === undefined ? undefined : refuseRegion(region)
  if (refusal === undefined) return
  throw new UserError(`the region ${region} ${refusal}`, {
    help: 'Take one such as us-east-1 or eu-west-1.',
  })
}

// The lock of the store keeps two regions apart that keep one. An ephemeral region has none, and an identity of its
// own, which must not take the place of one that is kept.
async function assertFree({ home, ephemeral }: RunOptions): Promise<void> {
  if (!ephemeral) return
  if (existsSync(home.store)) {
    throw new UserError(`${home.directory} holds a region that is kept`, {
      help: 'Give an ephemeral one a directory of its own with --data DIR.',
    })
  }
  const found = await findRegion(home)
  if (found.state !== 'none') throw taken(home, found.file.pid)
}

function taken({ directory }: Home, pid: number | undefined, cause?: unknown): TakenError {
  return new TakenError(`another region runs on ${directory}${pid === undefined ? '' : ` (pid ${pid})`}`, {
    help: 'Stop it with `neargate stop`, or choose another directory with --data.',
    cause,
  })
}

async function openRegionStore({ home, ephemeral, clock, log }: RunOptions): Promise<Store> {
  if (ephemeral) return createMemoryStore(log)
  try {
    return await openStore({ directory: home.store, clock, log })
  } catch (error) {
    if (!isStoreError(error, 'Locked')) throw error
    const other = await findRegion(home)
    throw taken(home, other.state === 'none' ? undefined : other.file.pid, error)
  }
}

/** What went wrong with the store as a person wants to hear it; other failures as they are. */
function explainStore(error: unknown, { directory, store }: Home): unknown {
  if (isStoreError(error, 'Corrupt')) {
    return new UserError(`the store cannot be used: ${messageOf(error)}`, {
      help: `Put a copy of ${store} back, or start an empty region after: mv ${directory} ${directory}.damaged`,
      cause: error,
    })
  }
  if (isStoreError(error, 'Unwritable')) {
    return new UserError(`the store cannot be used: ${messageOf(error)}`, {
      help: 'Make room or correct the permissions, or choose another directory with --data DIR.',
      cause: error,
    })
  }
  return error
}
