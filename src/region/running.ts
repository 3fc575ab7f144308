// Owns finding the region of a data directory: nothing is trusted, signalled or spoken to that is not proven to be it.
import { realpathSync } from 'node:fs'

import { UserError } from '../base/errors.ts'
import { isObject } from '../base/json.ts'
import { readIdentity } from './identity.ts'
import { readState, type Home } from './home.ts'
import { birthOf, isAlive } from './processes.ts'
import { shakeHands, type Handshake } from './proof.ts'

/** What a region says of itself in `region.json`, from the moment that it holds the data directory. */
export interface RegionFile {
  readonly pid: number
  /** When its process was born, so that another one of the same id is not taken for it; absent without /proc. */
  readonly birth?: string
  /** Real path of the data directory: a copy of it is not where this region runs. */
  readonly directory: string
  readonly region?: string
  /** `http://127.0.0.1:4566`; absent while the region starts. */
  readonly endpoint?: string
  /** `http://127.0.0.1:4568`, the proxy that serves AWS's own host names; absent when none was asked for. */
  readonly proxy?: string
  readonly startedAt: string
  /** Made by `up` rather than by `start`: `down` ends it when nothing is left in it. `program`: by the library. */
  readonly startedBy: StartedBy
  readonly ephemeral: boolean
  /** 0: as fast as the work allows; 1: as slow as AWS. */
  readonly pace: number
  /** Whether IAM decides over every request. */
  readonly enforcesIam: boolean
  /** What runs pods, in a person's words; absent while the region starts. */
  readonly runtime?: string
}

export type StartedBy = 'start' | 'up' | 'program'

/** Another process has the data directory. */
export class TakenError extends UserError {}

export interface RunningRegion extends RegionFile {
  readonly endpoint: string
}

/**
 * `none`: no region is known to run here, whatever `region.json` says; `unproven` is that of a process which lives, but
 * neither answers nor can be proven by the system. `starting`: its process is proven, it does not listen yet.
 * `running`: it has proven itself. `silent`: its process is proven, but it does not answer: it ends, or hangs.
 */
export type Found =
  | { readonly state: 'none'; readonly unproven?: RegionFile }
  | { readonly state: 'starting' | 'silent'; readonly file: RegionFile }
  | { readonly state: 'running'; readonly file: RunningRegion }

// A process that is proven may be busy; one that is not is most likely a stranger.
const PROVEN_TIMEOUT_MS = 10_000
const UNPROVEN_TIMEOUT_MS = 2_000

/** Looks for the region that runs on a data directory. @throws UserError when its files cannot be read. */
export async function findRegion(home: Home): Promise<Found> {
  const file = readRegionFile(home)
  if (!file) return { state: 'none' }
  const isProven = isProcessOf(file)
  if (isListening(file)) {
    const handshake = await greet(home, file, isProven ? PROVEN_TIMEOUT_MS : UNPROVEN_TIMEOUT_MS)
    if (handshake === 'proven') return { state: 'running', file }
  }
  if (!isProven) {
    const isPerhaps = file.birth === undefined && isAlive(file.pid)
    return { state: 'none', ...(isPerhaps ? { unproven: file } : {}) }
  }
  return { state: isListening(file) ? 'silent' : 'starting', file }
}

/** True when the process that wrote the file still runs, as far as the system can prove it. */
export function isProcessOf({ pid, birth }: Pick<RegionFile, 'pid' | 'birth'>): boolean {
  return birth !== undefined && isAlive(pid) && birthOf(pid) === birth
}

/** True when the process that wrote the file has ended for certain. */
export function hasEnded({ pid, birth }: Pick<RegionFile, 'pid' | 'birth'>): boolean {
  return !isAlive(pid) || (birth !== undefined && birthOf(pid) !== birth)
}

function isListening(file: RegionFile): file is RunningRegion {
  return file.endpoint !== undefined
}

async function greet(home: Home, file: RunningRegion, timeoutMs: number): Promise<Handshake> {
  const { endpoint, pid, directory } = file
  const secret = secretOf(home)
  return secret === undefined ? 'silent' : shakeHands({ endpoint, pid, directory, secret, timeoutMs })
}

// A damaged identity is told by whoever needs it; a region must be found, and be stopped, all the same.
function secretOf(home: Home): string | undefined {
  try {
    return readIdentity(home)?.adminToken
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** The file of this very directory; undefined when there is none, or it does not tell what it must. */
function readRegionFile(home: Home): RegionFile | undefined {
  const state: unknown = readState(home.running)
  if (
    !isObject(state) ||
    typeof state['pid'] !== 'number' ||
    state['directory'] !== realPath(home.directory)
  ) {
    return undefined
  }
  // Only a region writes this file, with the fields that were not looked at in these types.
  return state as unknown as RegionFile
}

/** The path of a directory without links; as it is when it is not there. */
export function realPath(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    return directory
  }
}
